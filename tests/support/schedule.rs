//! Random schedules. The seed decides the text, the behaviour and faults of the server, and what the reader does.

use super::client::{Client, replicate};
use super::driver::{Act, Driver};
use super::model_server::ModelServer;
use super::plan::{Address, Ids, Plan, Replay, ServerEvent};
use super::random::Random;
use super::time::{Ms, ms};
use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::prediction::Status;
use replicate_wasm::protocol::run::Goal;

/// What a property fixes. The seed decides the rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) ids: Ids,
    pub(crate) streams: bool,
    /// When the reader leaves.
    pub(crate) leaves: Leaves,
}

/// Whether the reader leaves, and what happens to the prediction then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    Never,
    /// The prediction may be cancelled.
    ForGood,
    /// The prediction runs on, and the reader resumes it.
    ForNow,
}

impl Schedule {
    /// The driver of the schedule of a seed.
    pub(crate) fn driver(&self, seed: u64) -> Driver<ModelServer> {
        let mut random = Random::new(seed);
        let plan = self.plan(&mut random);
        let span = plan.ends_at as usize + 2_000;
        let goal = random.pick(&[Goal::Text, Goal::Events]);
        let community = plan.community;
        let wait = if self.streams {
            Wait::Stream
        } else {
            random.pick(&[Wait::Stream, Wait::Poll(ms(700)), Wait::Block(None)])
        };
        let mut client: Client = replicate(wait, goal);
        if community || random.percent(30) {
            client = client.model("acme/verse");
        }
        if plan.renewable {
            client = client.renewable();
        }
        if plan.tight {
            let limits = [30_000, 2_000, 300].map(|limit| limit + random.below(1_000) as Ms);
            let some = |random: &mut Random| Some(ms(random.pick(&limits)));
            let (connect, idle, total) = (some(&mut random), some(&mut random), some(&mut random));
            client = client.with(|options| (options.connect, options.idle, options.total) = (connect, idle, total));
        }
        let server = ModelServer::new(plan, random.next());
        let mut driver = client.driver(server).random(Random::new(random.next()));
        for _ in 0..random.pick(&[0, 0, 0, 1, 3]) {
            driver = driver.at(random.below(span) as Ms, Act::Wake);
        }
        if random.percent(10) {
            let asleep = random.below(1_000_000) as Ms;
            driver = driver.at(random.below(span) as Ms, Act::Freeze(asleep));
        }
        if self.leaves != Leaves::Never {
            let cancel = self.leaves == Leaves::ForGood && random.percent(70);
            driver = driver.at(random.below(span) as Ms, Act::Leave(cancel));
        }
        if random.percent(20) {
            let mut thinks = Random::new(random.next());
            driver = driver.thinks(move || thinks.below(3_000) as Ms);
        }
        driver
    }

    fn plan(&self, random: &mut Random) -> Plan {
        let tokens = tokens(random);
        let pace = random.pick(&[0, 10, 100, 2_000]);
        let mut at = random.below(5_000) as Ms;
        let mut events = Vec::new();
        for data in tokens {
            at += random.below(pace + 1) as Ms;
            if random.percent(10) {
                events.push(ServerEvent { at, name: "logs", data: format!("at {at}") });
            }
            events.push(ServerEvent { at, name: "output", data });
        }
        let replays = [
            Replay::Honours,
            Replay::Honours,
            Replay::Restarts,
            Replay::Earlier(1 + random.below(4)),
            Replay::Live,
            Replay::Gone,
        ];
        Plan {
            events,
            ends_at: at + random.below(3_000) as Ms,
            end: if random.percent(85) { Status::Succeeded } else { random.pick(&[Status::Failed, Status::Canceled]) },
            ids: self.ids,
            replay: random.pick(&replays),
            listed: random.percent(80),
            streams: self.streams,
            community: random.percent(10),
            lag: random.pick(&[0, 0, 300, 4_000]),
            uneven: random.percent(30),
            odd_status: random.pick(&[0, 0, 0, 30]),
            address: random.pick(&[Address::Steady, Address::Steady, Address::Steady, Address::Late, Address::Moving]),
            chatty: random.percent(10),
            tight: random.percent(10),
            removed: false,
            faults: (random.pick(&[0, 0, 10, 25]), random.pick(&[0, 30, 80])),
            fatal: random.pick(&[0, 0, 0, 10]),
            renewable: random.percent(30),
            latency: random.pick(&[0, 300, 5_000]),
            dribble: random.pick(&[0, 0, 1, 70]),
        }
    }
}

/// The tokens of a random text: empty, falsy, multi-byte and repeated ones and line feeds among them.
fn tokens(random: &mut Random) -> Vec<String> {
    const PIECES: [&str; 16] = [
        "", "0", "\n", "\n\n", " ", "a", "b", "Spring", " is", "日本", "😀", "e\u{301}", "null", "data: x", "\n a", ":",
    ];
    let whole = random.pick(&[None, None, None, None, None, None, Some(""), Some("0"), Some("\n")]);
    if let Some(whole) = whole {
        return vec![whole.to_owned()];
    }
    let some = 1 + random.below(PIECES.len());
    let first = random.below(PIECES.len());
    (0..random.below(24)).map(|_| PIECES[(first + random.below(some)) % PIECES.len()].to_owned()).collect()
}
