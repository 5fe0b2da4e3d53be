//! `userErrors`: mistakes in the input of a mutation, each an own type. The published names are in the schema; the texts are ours.

use async_graphql::dynamic::FieldValue;
use async_graphql::{Error, Name, Value, indexmap::IndexMap};

/// A mistake in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Simultaneous call while call is off.
    ChatAndCallWithDisabledCall,
    /// Chat to video while video is off.
    ChatToVideoWithDisabledVideo,
    /// The address belongs to another account.
    EmailAlreadyUsed,
    /// Sent empty.
    ExternalIdIsEmpty,
    /// Sent empty.
    FirstNameIsEmpty,
    /// Always-ask while calls come to the desk.
    IncompatibleAskForNumberChoice,
    /// Not an http or https URL.
    InvalidAvatarUrl,
    /// Not an address.
    InvalidEmail,
    /// Too short, too simple, or not allowed here.
    InvalidPassword,
    /// Sent empty.
    LastNameIsEmpty,
    /// The SAML id belongs to another account.
    SamlIdAlreadyUsed,
    /// Sent empty.
    SamlIdIsEmpty,
    /// Sent empty.
    UserNameIsEmpty,
    /// No such role.
    UnknownRole,
    /// No such project.
    UnknownProject,
    /// No such user group.
    UnknownGroup,
    /// No such skill.
    UnknownSkill,
    /// No such account, or a deleted one.
    UnknownUser,
    /// The account is in a conversation.
    OngoingConversations,
    /// The caller's own role.
    OwnRole,
}

/// Which mutation's names are used: the older ones have suffixed copies of the common types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `user…` and `skill…`.
    User,
    /// `professionalCreate`.
    ProfessionalCreate,
    /// `professionalUpdate`.
    ProfessionalUpdate,
    /// `professionalSetExternalId`, `professionalUnsetGroup`.
    ProfessionalOther,
}

impl Mistake {
    /// The published or inferred name of the type.
    pub fn type_name(self, family: Family) -> &'static str {
        use Family::{ProfessionalCreate as Create, ProfessionalOther as Other, ProfessionalUpdate as Update};
        match (self, family) {
            (Self::EmailAlreadyUsed, Create) => "EmailAlreadyUsedProfessionalCreateUserError",
            (Self::EmailAlreadyUsed, Update) => "EmailAlreadyUsedProfessionalUpdateUserError",
            (Self::ExternalIdIsEmpty, Create) => "ExternalIdIsEmptyProfessionalCreateUserError",
            (Self::ExternalIdIsEmpty, Other) => "ExternalIdIsEmptyProfessionalSetExternalIdUserError",
            (Self::FirstNameIsEmpty, Create) => "FirstNameIsEmptyProfessionalCreateUserError",
            (Self::FirstNameIsEmpty, Update) => "FirstNameIsEmptyProfessionalUpdateUserError",
            (Self::InvalidAvatarUrl, Create) => "InvalidAvatarURLProfessionalCreateUserError",
            (Self::InvalidEmail, Create) => "InvalidEmailProfessionalCreateUserError",
            (Self::SamlIdAlreadyUsed, Create) => "SAMLUserIdAlreadyUsedProfessionalCreateUserError",
            (Self::SamlIdIsEmpty, Create) => "SAMLUserIdIsEmptyProfessionalCreateUserError",
            (Self::ChatAndCallWithDisabledCall, _) => "ChatAndCallWithDisabledCallError",
            (Self::ChatToVideoWithDisabledVideo, _) => "ChatToVideoWithDisabledVideoError",
            (Self::EmailAlreadyUsed, _) => "EmailAlreadyUsedError",
            (Self::ExternalIdIsEmpty, _) => "ExternalIdIsEmptyError",
            (Self::FirstNameIsEmpty, _) => "FirstNameIsEmptyError",
            (Self::IncompatibleAskForNumberChoice, _) => "IncompatibleAskForNumberChoiceError",
            (Self::InvalidAvatarUrl, _) => "InvalidAvatarUrlError",
            (Self::InvalidEmail, _) => "InvalidEmailError",
            (Self::InvalidPassword, _) => "InvalidPasswordError",
            (Self::LastNameIsEmpty, _) => "LastNameIsEmptyError",
            (Self::SamlIdAlreadyUsed, _) => "SAMLUserIdAlreadyUsedError",
            (Self::SamlIdIsEmpty, _) => "SAMLUserIdIsEmptyError",
            (Self::UserNameIsEmpty, _) => "UserNameIsEmptyError",
            (Self::UnknownRole, _) => "UnknownRoleError",
            (Self::UnknownProject, _) => "UnknownProjectError",
            (Self::UnknownGroup, _) => "UnknownGroupError",
            (Self::UnknownSkill, _) => "UnknownSkillError",
            (Self::UnknownUser, _) => "UnknownUserError",
            (Self::OngoingConversations, _) => "UserHasOngoingConversationsUserDeleteError",
            (Self::OwnRole, _) => "CannotChangeOwnRoleProfessionalUpdateUserError",
        }
    }

    /// Whether it is about an id that does not exist.
    pub fn is_unknown_reference(self) -> bool {
        matches!(self, Self::UnknownRole | Self::UnknownProject | Self::UnknownGroup | Self::UnknownSkill)
    }

    /// The entry of `userErrors`.
    pub fn to_value(self, family: Family) -> FieldValue<'static> {
        let members = IndexMap::from_iter([(Name::new("message"), Value::from(self.message()))]);
        FieldValue::value(Value::Object(members)).with_type(self.type_name(family))
    }

    /// The entry of `errors`.
    pub fn to_error(self) -> Error {
        Error::new(self.message())
    }

    fn message(self) -> &'static str {
        match self {
            Self::ChatAndCallWithDisabledCall => {
                "A simultaneous call cannot be allowed while the call channel is disabled"
            }
            Self::ChatToVideoWithDisabledVideo => "Chat to video cannot be allowed while the video channel is disabled",
            Self::EmailAlreadyUsed => "The email provided is already used",
            Self::ExternalIdIsEmpty => "The external id must not be empty",
            Self::FirstNameIsEmpty => "The first name must not be empty",
            Self::IncompatibleAskForNumberChoice => {
                "The number cannot be asked for when calls are answered from the desk"
            }
            Self::InvalidAvatarUrl => "The avatar is not a valid URL",
            Self::InvalidEmail => "The email provided is not valid",
            Self::InvalidPassword => "The password does not meet the requirements",
            Self::LastNameIsEmpty => "The last name must not be empty",
            Self::SamlIdAlreadyUsed => "The SAML user id provided is already used",
            Self::SamlIdIsEmpty => "The SAML user id must not be empty",
            Self::UserNameIsEmpty => "The user name must not be empty",
            Self::UnknownRole => "The role does not exist",
            Self::UnknownProject => "The project does not exist",
            Self::UnknownGroup => "The group does not exist",
            Self::UnknownSkill => "The skill does not exist",
            Self::UnknownUser => "The user does not exist",
            Self::OngoingConversations => "The user has ongoing conversations",
            Self::OwnRole => "You cannot change your own role",
        }
    }
}
