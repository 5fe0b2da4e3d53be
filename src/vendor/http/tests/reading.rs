//! A vendor that can only be asked refuses whatever could change something, before anything is sent.

use serde_json::json;

use super::*;
use crate::mapping::made_up;

fn read_only() -> (HttpVendor, Arc<Script>) {
    let script = Script::new(vec![Reply::Answers(answer(200, &json!({ "data": [] })))]);
    let mut vendor = vendor(&script, &SignIn::None);
    vendor.reads_only = true;
    (vendor.with_rules(Arc::new(made_up::bound())), script)
}

#[tokio::test(start_paused = true)]
async fn every_call_that_changes_something_is_refused_unsent() {
    let (vendor, script) = read_only();
    let bound = made_up::bound();
    let calls = &bound.file().users.calls;
    let updates = calls.update.keys().map(|name| CallName::Update(name.clone()));
    let named = calls.named.keys().map(|name| CallName::Named(name.clone()));
    let changing: Vec<CallName> = [CallName::Create, CallName::Delete]
        .into_iter()
        .chain(updates)
        .chain(named)
        .filter(|call| bound.has_call(call) && !matches!(call, CallName::Named(_)) || !bound.only_reads(call))
        .collect();
    assert!(changing.len() > 2, "{changing:?}");
    for one in changing {
        let refused = call(&vendor, one.clone()).await.expect_err("refused");
        assert_eq!((refused.verdict.meaning, refused.uncertain), (Meaning::Refused, false), "{one}");
        assert!(refused.verdict.say.contains("could change something"), "{one}: {refused}");
    }
    assert_eq!(script.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn questions_are_asked() {
    let (vendor, script) = read_only();
    for one in [CallName::List, CallName::Read, CallName::Find] {
        call(&vendor, one).await.expect("asked");
    }
    assert_eq!(script.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn whoever_speaks_for_another_part_cannot_write_either() {
    let (vendor, script) = read_only();
    let speaking = vendor.speaking(Arc::new(made_up::bound()));
    let scope = Scope { key: Some("7".to_owned()), ..Scope::default() };
    speaking.call(&CallName::Delete, &scope, &context()).await.expect_err("refused");
    assert_eq!(script.calls().len(), 0);
}
