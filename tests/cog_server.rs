//! A Cog server that misleads: the client must neither hurry nor run the model twice.

mod support;

use replicate_wasm::protocol::backend::Backend;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::run::{Action, Goal, Run};
use std::time::Duration;
use support::{Doc, options, whole};

#[test]
fn a_server_that_says_ready_and_still_refuses_is_not_asked_in_a_hot_loop() {
    let cog = Backend::cog("http://127.0.0.1:5000".into());
    let mut run = Run::<Doc>::new(cog, Goal::Text, options(), Some("a".into()), Delivery::default());
    let (mut now, mut asked) = (Duration::ZERO, 0);
    while now < Duration::from_secs(60) {
        match run.poll(now) {
            Action::Send(request) => {
                asked += 1;
                assert!(asked < 100, "{asked} requests in {now:?}");
                let health = request.url.ends_with("/health-check");
                let (status, text) =
                    if health { (200, r#"{"status":"READY"}"#) } else { (503, r#"{"error":"not yet"}"#) };
                run.handle_answer(now, whole(status, None, text), 0.5);
            }
            Action::Wait => now = run.deadline().expect("an end of the wait"),
            Action::State(_) => {}
            action => panic!("{action:?}"),
        }
    }
    assert!(asked > 10, "it does go on");
}
