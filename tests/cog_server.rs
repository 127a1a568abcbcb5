//! A Cog server that misleads: the client must neither hurry nor run the model twice.

mod support;

use replicate_wasm::protocol::backend::{Backend, Protocol, Wait};
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::run::{Action, Goal, Run};
use support::{Doc, Head, options};

fn answer(status: u16, text: &str) -> Doc {
    Doc::read(&Head { status, ..Head::default() }, text)
}

#[test]
fn a_server_that_says_ready_and_still_refuses_is_not_asked_in_a_hot_loop() {
    let cog = Backend::new(Protocol::Cog, "http://127.0.0.1:5000".into(), Wait::Stream);
    let mut run = Run::new(cog, Goal::Text, options(), "a".into(), Delivery::default());
    let (mut now, mut asked) = (0, 0);
    while now < 60_000 {
        match run.poll(now) {
            Action::Send => {
                asked += 1;
                assert!(asked < 100, "{asked} requests in {now} ms");
                let health = run.request().url.ends_with("/health-check");
                let (status, text) =
                    if health { (200, r#"{"status":"READY"}"#) } else { (503, r#"{"error":"not yet"}"#) };
                run.handle_answer(now, &answer(status, text), 0.5);
            }
            Action::Wait => now = run.deadline(),
            action => panic!("{action:?}"),
        }
    }
    assert!(asked > 10, "it does go on");
}
