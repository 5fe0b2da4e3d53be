use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(rules: Value) -> Result<GroupRules, Vec<RuleProblem>> {
    let written: Vec<GroupRuleFile> = serde_json::from_value(rules).unwrap();
    GroupRules::read(written)
}

#[track_caller]
fn rules(written: Value) -> GroupRules {
    let mut rules = read(written).unwrap();
    for rule in &mut rules.rules {
        if let RuleMeaning::Target(target) = &mut rule.then {
            target.key = Some(KeyType::Integer);
            target.levels = Some(LevelRule { default: 1, min: Some(0), max: Some(5) });
        }
    }
    rules
}

fn target(meaning: Meaning) -> (String, ObjectRef, Option<i64>, OnDelete) {
    match meaning {
        Meaning::Target(one) => (one.target, one.object, one.level, one.on_delete),
        other => panic!("{other:?} is no target"),
    }
}

fn name(name: &str) -> ObjectRef {
    ObjectRef::Name(name.to_owned())
}

fn usual() -> GroupRules {
    rules(json!([
        { "when": "Test *", "then": "ignore" },
        { "when": "Secret *", "then": "refuse" },
        { "when": "Support skill * level *", "target": "skill_level", "name": "{1}", "level": "{2}" },
        { "when": "Support skill *", "target": "skill", "name": "{1}" },
        { "when": "Fluent *", "target": "skill_level", "name": "{1}", "level": 5 },
        { "when": "Team North", "target": "user_group", "id": 55, "on_delete": "keep" },
        { "when": "Team *", "target": "user_group", "id": "{1}" },
        { "otherwise": "keep" },
    ]))
}

#[test]
fn the_first_rule_that_fits_decides() {
    let rules = usual();
    assert_eq!(
        target(rules.meaning_of("support SKILL French")),
        ("skill".into(), name("French"), None, OnDelete::Delete)
    );
    assert_eq!(
        target(rules.meaning_of("Support skill French level 3")),
        ("skill_level".into(), name("French"), Some(3), OnDelete::Delete)
    );
    assert_eq!(target(rules.meaning_of("Fluent French")).2, Some(5));
    assert_eq!(
        target(rules.meaning_of("team north")),
        ("user_group".into(), ObjectRef::Id("55".into()), None, OnDelete::Keep)
    );
    assert_eq!(
        target(rules.meaning_of("Team 7")),
        ("user_group".into(), ObjectRef::Id("7".into()), None, OnDelete::Keep)
    );
    assert_eq!(rules.meaning_of("Test group"), Meaning::Ignore);
    assert_eq!(rules.meaning_of("Everyone"), Meaning::Keep);
    assert_eq!(rules.matched("Everyone").map(|(n, _)| n), Some(7));
    assert!(rules.reach_the_vendor());
}

#[test]
fn without_rules_every_group_is_kept() {
    let none = GroupRules::default();
    assert_eq!((none.meaning_of("x"), none.matched("x"), none.reach_the_vendor()), (Meaning::Keep, None, false));
    let narrow = rules(json!([{ "when": "A *", "then": "refuse" }]));
    assert_eq!(narrow.meaning_of("B"), Meaning::Keep);
}

#[test]
fn a_group_that_a_rule_cannot_take_is_refused_with_the_reason() {
    let rules = usual();
    for (group, words) in [
        ("Secret plans", vec!["`Secret *`", "refuses groups of this name"]),
        ("Support skill ", vec!["`Support skill *`", "name of the skill", "nothing is left"]),
        ("Support skill   ", vec!["nothing is left"]),
        ("Support skill French level high", vec!["`high`", "no whole number"]),
        ("Support skill French level ", vec!["``", "no whole number"]),
        ("Support skill French level 9", vec!["level 9", "highest", "`skill_level` is 5"]),
        ("Support skill French level -1", vec!["level -1", "lowest", "is 0"]),
        ("Team South", vec!["`South`", "no whole number"]),
    ] {
        let Meaning::Refuse(why) = rules.meaning_of(group) else { panic!("{group} is not refused") };
        for word in words {
            assert!(why.contains(word), "`{word}` is not in `{why}`");
        }
    }
    let long = format!("Team {}", "x".repeat(5_000));
    assert!(matches!(rules.meaning_of(&long), Meaning::Refuse(why) if why.len() < 400));
}

#[test]
fn a_rule_with_mistakes_is_told_with_its_key() {
    for (wrong, key, words) in [
        (json!({ "target": "skill", "name": "x" }), None, "for which groups"),
        (json!({ "when": "A", "otherwise": "keep" }), Some("otherwise"), "not both"),
        (json!({ "otherwise": "keep", "target": "skill" }), Some("target"), "does not go with `otherwise`"),
        (json!({ "otherwise": "keep", "then": "keep" }), Some("then"), "does not go with `otherwise`"),
        (json!({ "when": " ", "then": "keep" }), Some("when"), "empty pattern"),
        (json!({ "when": "A" }), None, "what such groups mean"),
        (json!({ "when": "A", "then": "keep", "target": "skill" }), Some("then"), "not both"),
        (json!({ "when": "A", "then": "keep", "level": 1 }), Some("level"), "needs a `target`"),
        (json!({ "when": "A", "target": "skill" }), Some("target"), "which skill"),
        (json!({ "when": "A", "target": "skill", "name": "x", "id": 1 }), Some("id"), "not both"),
        (json!({ "when": "A", "target": "skill", "name": "{1}" }), Some("name"), "has no `*`"),
        (json!({ "when": "A *", "target": "skill", "id": "{2}" }), Some("id"), "only `{1}`"),
        (json!({ "when": "A *", "target": "skill", "name": " " }), Some("name"), "`name` is empty"),
        (json!({ "when": "A *", "target": "skill", "name": "{1}", "level": "high" }), Some("level"), "no level"),
        (json!({ "when": "A *", "target": "skill", "name": "{1}", "level": "{3}" }), Some("level"), "`{3}`"),
        (json!({ "when": "A", "target": "skill", "id": 5, "on_delete": "delete" }), Some("on_delete"), "never deleted"),
    ] {
        let problems = read(json!([wrong])).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].rule, problems[0].key), (0, key), "{problems:?}");
        assert!(problems[0].message.contains(words), "{problems:?}");
    }
}

#[test]
fn a_rule_that_no_group_comes_to_is_told() {
    for (earlier, later, key) in [
        (json!({ "otherwise": "keep" }), json!({ "when": "A", "then": "keep" }), "when"),
        (json!({ "otherwise": "keep" }), json!({ "otherwise": "refuse" }), "otherwise"),
        (json!({ "when": "*", "then": "keep" }), json!({ "otherwise": "refuse" }), "otherwise"),
        (json!({ "when": "a *", "then": "keep" }), json!({ "when": "A b*", "then": "refuse" }), "when"),
        (json!({ "when": "A", "then": "keep" }), json!({ "when": "a", "then": "refuse" }), "when"),
    ] {
        let problems = read(json!([earlier, later])).unwrap_err();
        assert_eq!((problems.len(), problems[0].rule, problems[0].key), (1, 1, Some(key)), "{problems:?}");
        assert!(problems[0].message.contains("rule 1"), "{problems:?}");
    }
    assert!(read(json!([{ "when": "A b*", "then": "keep" }, { "when": "A *", "then": "keep" }])).is_ok());
}

#[test]
fn an_object_of_the_vendor_has_the_name_of_its_group() {
    let rules = usual();
    assert_eq!(rules.display_name_of("skill", "9", "French").as_deref(), Some("Support skill French"));
    assert_eq!(rules.display_name_of("user_group", "55", "North").as_deref(), Some("Team North"));
    assert_eq!(rules.display_name_of("user_group", "7", "South").as_deref(), Some("Team 7"));
    // the level is not the object's: its group of the default level stands for it
    assert_eq!(rules.display_name_of("skill_level", "1", "French").as_deref(), Some("Support skill French level 1"));
    assert_eq!(rules.display_name_of("skill", "9", ""), None);
    assert_eq!(rules.display_name_of("role", "9", "Manager"), None);
    // the rule for levels takes such a name
    assert_eq!(rules.display_name_of("skill", "9", "French level 2"), None);
    let open = self::rules(json!([{ "when": "* skill *", "target": "skill", "name": "{2}" }]));
    assert_eq!(open.display_name_of("skill", "9", "French"), None, "nobody knows what the first star is");
}

/// Rules of a small world, so that they meet.
fn any_rules() -> impl Strategy<Value = GroupRules> {
    let one = ("[aAé ]{0,2}[*]?[b ]{0,2}[*]?[cC]{0,1}", "[xa-]{0,1}(\\{1\\})?[ x]{0,1}(\\{2\\})?", any::<bool>());
    proptest::collection::vec(one, 1..5).prop_map(|written| {
        let one = |(when, name, by_name): (String, String, bool)| {
            let pattern = Pattern::new(&when);
            let template = Template::new(&name, pattern.captures()).ok()?;
            let object = if by_name { ObjectRule::Name(template) } else { ObjectRule::Id(template) };
            let then = TargetRule {
                target: "skill".into(),
                object,
                level: None,
                on_delete: OnDelete::Delete,
                key: None,
                levels: None,
            };
            Some(GroupRule { when: Some(pattern), then: RuleMeaning::Target(Box::new(then)) })
        };
        GroupRules { rules: written.into_iter().filter_map(one).collect() }
    })
}

proptest! {
    #[test]
    fn the_name_of_an_objects_group_leads_to_the_object(rules in any_rules(), key in "[0-9a]{0,2}", object in "[aAbcéx -]{0,5}") {
        if let Some(display_name) = rules.display_name_of("skill", &key, &object) {
            let Meaning::Target(meaning) = rules.meaning_of(&display_name) else { panic!("{display_name:?} is nothing") };
            prop_assert_eq!(&meaning.target, "skill");
            prop_assert!(meaning.object == ObjectRef::Id(key) || meaning.object == ObjectRef::Name(object));
        }
    }

    #[test]
    fn every_name_of_a_plain_rule_has_its_way_back(object in "\\PC{1,20}") {
        let rules = usual();
        if let Meaning::Target(meaning) = rules.meaning_of(&format!("Support skill {object}"))
            && let ("skill", ObjectRef::Name(object)) = (meaning.target.as_str(), &meaning.object)
        {
            prop_assert_eq!(rules.display_name_of("skill", "1", object), Some(format!("Support skill {object}")));
        }
    }
}
