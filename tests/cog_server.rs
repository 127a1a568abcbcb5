//! A Cog server that misleads: the client must neither hurry nor run the model twice.

mod support;

use replicate_wasm::backend::{Backend, Cog};
use replicate_wasm::delivery::Delivery;
use replicate_wasm::http::{Answer, Head};
use replicate_wasm::run::{Action, Goal, Run};
use support::{Value, options};

fn answer(status: u16, text: &str) -> Answer<Value> {
    Answer::read(Head { status, ..Head::default() }, text.into())
}

#[test]
fn a_server_that_says_ready_and_still_refuses_is_not_asked_in_a_hot_loop() {
    let cog = Cog { base: "http://127.0.0.1:5000".into(), id: "a".into() };
    let mut run = Run::new(Backend::Cog(cog), Goal::Text, options(), Some("a".into()), Delivery::default());
    let (mut now, mut asked) = (0, 0);
    while now < 60_000 {
        match run.poll(now).expect("it goes on trying within its time limits") {
            Action::Send { .. } => {
                asked += 1;
                assert!(asked < 100, "{asked} requests in {now} ms");
                let health = run.request().url.ends_with("/health-check");
                let (status, text) =
                    if health { (200, r#"{"status":"READY"}"#) } else { (503, r#"{"error":"not yet"}"#) };
                run.handle_answer(now, answer(status, text), 0.5);
            }
            Action::Sleep { until } => now = until,
            action => panic!("{action:?}"),
        }
    }
    assert!(asked > 10, "it does go on");
}
