//! The five kinds of entities of the account configuration and their fields, as the appendix pages of the vendor list them. It judges no value.

/// A kind of entity: the last segment of `/configuration/le-users/…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// People, bots and API users.
    Users,
    /// Skills.
    Skills,
    /// Agent groups: a tree below the root group.
    AgentGroups,
    /// Profiles: named sets of permissions of one role type.
    Profiles,
    /// Lines of business.
    Lobs,
}

/// A field of an entity.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in JSON.
    pub name: &'static str,
    /// What its values look like.
    pub form: Form,
    /// Who gives it.
    pub need: Need,
}

/// What a field's values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// A whole number of 64 bits.
    Long,
    /// True or false.
    Bool,
    /// A list of ids without null.
    Longs,
    /// `{"agentGroupId": …, "assignmentDate": …}`.
    Member,
    /// A list of such objects.
    Members,
    /// `[{"priority": …, "splitPercentage": …, "agentGroupId": …}]`.
    Routing,
    /// A list of objects that is kept as it came.
    Packages,
}

/// Who gives a field, and what stands there when nobody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The caller, always; a text must not be empty.
    Required,
    /// The caller, always; a text may be empty.
    RequiredPerhapsEmpty,
    /// The caller, or it is absent from the answer.
    Optional,
    /// The caller, or null.
    Null,
    /// The caller, or false.
    False,
    /// The caller, or true.
    True,
    /// The caller, or an empty list.
    Empty,
    /// The caller, or this number.
    Number(i64),
    /// The caller, and it is in no answer.
    WriteOnly,
    /// The server alone; what a caller sends is ignored.
    Server,
}

const fn field(name: &'static str, form: Form, need: Need) -> Field {
    Field { name, form, need }
}

use Form::{Bool, Long, Longs, Member, Members, Packages, Routing, Text};
use Need::{Empty, False, Null, Number, Optional, Required, RequiredPerhapsEmpty, Server, True, WriteOnly};

/// Users API, appendix, "User entity" (v4.0; the fields of later versions are behind a knob).
const USERS: &[Field] = &[
    field("id", Long, Server),
    // a caller may choose it once; the rules of users see to that
    field("pid", Text, Optional),
    field("deleted", Bool, Server),
    field("loginName", Text, Required),
    field("fullName", Text, RequiredPerhapsEmpty),
    field("nickname", Text, Required),
    field("isEnabled", Bool, Required),
    field("maxChats", Long, Required),
    field("email", Text, Required),
    field("disabledManually", Bool, False),
    field("skillIds", Longs, Empty),
    field("profileIds", Longs, Required),
    field("lobIds", Longs, Empty),
    field("changePwdNextLogin", Bool, False),
    field("memberOf", Member, Null),
    field("managerOf", Members, Empty),
    field("permissionGroups", Longs, Empty),
    field("description", Text, Optional),
    field("mobileNumber", Text, Optional),
    field("pictureId", Text, Optional),
    field("pictureUrl", Text, Optional),
    field("backgndImgUri", Text, Optional),
    field("pnCertName", Text, Optional),
    field("employeeId", Text, Optional),
    field("maxAsyncChats", Long, Null),
    field("dateUpdated", Text, Server),
    field("dateCreated", Text, Server),
    field("lastPwdChangeDate", Text, Server),
    field("isApiUser", Bool, False),
    field("allowedAppKeys", Text, Optional),
    field("userTypeId", Long, Number(1)),
    field("passwordSh", Text, WriteOnly),
    field("oldPassword", Text, WriteOnly),
    field("confirmPassword", Text, WriteOnly),
    field("resetMfaSecret", Bool, WriteOnly),
];

/// Skills API, appendix.
const SKILLS: &[Field] = &[
    field("id", Long, Server),
    field("deleted", Bool, Server),
    field("name", Text, Required),
    field("description", Text, Optional),
    field("skillOrder", Long, Optional),
    field("maxWaitTime", Long, Number(120)),
    field("defaultPostChatSurveyId", Text, Optional),
    field("defaultOfflineSurveyId", Text, Optional),
    field("defaultAgentSurveyId", Text, Optional),
    field("dateUpdated", Text, Server),
    field("skillRoutingConfiguration", Routing, Empty),
    field("wrapUpTime", Long, Optional),
    field("slaDefaultResponseTime", Long, Optional),
    field("slaUrgentResponseTime", Long, Optional),
    field("slaFirstTimeResponseTime", Long, Optional),
    field("lobIds", Longs, Empty),
    field("canTransfer", Bool, True),
    field("skillTransferList", Longs, Null),
    field("workingHoursId", Long, Optional),
    field("specialOccasionId", Long, Optional),
    field("autoCloseInSeconds", Long, Optional),
    field("transferToAgentMaxWaitInSeconds", Long, Optional),
    field("fallbackSkill", Long, Optional),
    field("fallbackWhenAllAgentsAreAway", Bool, True),
    field("agentSurveyForMsgId", Text, Optional),
    field("agentSurveyForMsgTimeoutInMinutes", Long, Optional),
];

/// Agent Groups API, appendix.
const AGENT_GROUPS: &[Field] = &[
    field("id", Long, Server),
    field("deleted", Bool, Server),
    field("name", Text, Required),
    field("description", Text, Optional),
    // the root alone has none: the rules of groups look at it
    field("parentGroupId", Long, Null),
    field("isEnabled", Bool, Required),
    field("dateUpdated", Text, Server),
];

/// Profiles API, appendix.
const PROFILES: &[Field] = &[
    field("id", Long, Server),
    field("deleted", Bool, Server),
    field("name", Text, Required),
    field("description", Text, Optional),
    field("roleTypeId", Long, Required),
    field("roleTypeName", Text, Server),
    field("permissionPackages", Packages, Required),
    field("permissions", Longs, Required),
    field("isAssignedToLPA", Bool, Required),
    field("numOfAssignedUsers", Long, Server),
    field("dateUpdated", Text, Server),
];

/// LOBs API, appendix.
const LOBS: &[Field] = &[
    field("id", Long, Server),
    field("deleted", Bool, Server),
    field("name", Text, Required),
    field("description", Text, Optional),
    field("dateUpdated", Text, Server),
];

impl Kind {
    /// All of them; what others refer to comes first.
    pub const ALL: [Self; 5] = [Self::Profiles, Self::Lobs, Self::AgentGroups, Self::Skills, Self::Users];

    /// The kind with this segment in its address; letter case matters.
    pub fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.segment() == segment)
    }

    /// The segment in the address.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Skills => "skills",
            Self::AgentGroups => "agentGroups",
            Self::Profiles => "profiles",
            Self::Lobs => "lobs",
        }
    }

    /// One of them, as the names of operations say it.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Users => "User",
            Self::Skills => "Skill",
            Self::AgentGroups => "AgentGroup",
            Self::Profiles => "Profile",
            Self::Lobs => "Lob",
        }
    }

    /// The fields, in the order in which they are answered.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Users => USERS,
            Self::Skills => SKILLS,
            Self::AgentGroups => AGENT_GROUPS,
            Self::Profiles => PROFILES,
            Self::Lobs => LOBS,
        }
    }

    /// The field that is unique.
    pub fn unique_field(self) -> &'static str {
        if self == Self::Users { "loginName" } else { "name" }
    }

    /// Permission package that a signed-in user needs for changes (Profiles API, appendix, "Permission packages").
    pub fn permission_package(self) -> i64 {
        match self {
            Self::Users => 10_001,
            Self::Profiles => 10_002,
            Self::Skills => 10_003,
            Self::AgentGroups => 10_004,
            Self::Lobs => 10_008,
        }
    }

    /// Whether one entity may be created by sending it alone; the pages on profiles and lines of business know lists only.
    pub fn takes_single(self) -> bool {
        !matches!(self, Self::Profiles | Self::Lobs)
    }
}
