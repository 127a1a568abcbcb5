//! The options of a client.

use crate::server::Server;
use crate::{Input, MODEL, SPRING};
use replicate_wasm::{CallState, Code, Credentials, Error, Replicate, Status, WaitReason};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_test::wasm_bindgen_test;

/// A server whose predictions have succeeded at once.
fn done() -> Server {
    Server::scripted(r#"return Response.json({ id: "p1", status: "succeeded", output: "x" }, { status: 201 })"#)
}

/// A server that answers 401 to the first request, and succeeds after it.
fn refuses_once() -> Server {
    Server::scripted(
        r#"return count === 1 ? Response.json({ detail: "Expired." }, { status: 401 })
            : Response.json({ id: "p1", status: "succeeded", output: "x" }, { status: 201 })"#,
    )
}

#[wasm_bindgen_test]
async fn the_base_url_may_be_relative_to_the_page() {
    let server = done();
    let client = Replicate::builder().base_url("relay/v1/").fetch(server.fetch()).build().unwrap();
    client.run::<Value>(MODEL, &SPRING).await.unwrap();
    let origin = js_sys::eval("location.origin").unwrap().as_string().unwrap();
    assert_eq!(client.base_url(), format!("{origin}/relay/v1"));
    assert!(server.requests()[0].url.starts_with(client.base_url()));
}

#[wasm_bindgen_test]
async fn a_token_function_is_called_again_when_the_token_is_refused() {
    let server = refuses_once();
    let count = Cell::new(0);
    let ask = async move || {
        count.set(count.get() + 1);
        Ok(format!("token-{}", count.get()))
    };
    server.builder().token_from(ask).build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap();
    let tokens: Vec<_> = server.requests().iter().map(|request| request.headers["authorization"].clone()).collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
}

#[wasm_bindgen_test]
async fn the_error_of_a_token_function_ends_the_call() {
    let server = done();
    let ask = async || Err(Error::new(Code::Network, "The login has no answer"));
    let client = server.builder().token_from(ask).build().unwrap();
    let error = client.run::<Value>(MODEL, &SPRING).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Network, "The login has no answer"));
    assert!(server.routes().is_empty());
}

#[wasm_bindgen_test]
async fn an_empty_token_is_not_sent() {
    let server = done();
    server.builder().token("").build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap();
    server
        .builder()
        .token_from(async || Ok(String::new()))
        .build()
        .unwrap()
        .run::<Value>(MODEL, &SPRING)
        .await
        .unwrap();
    assert!(server.requests().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[wasm_bindgen_test]
async fn headers_and_credentials_go_to_the_base_url_only() {
    let server = Server::scripted(
        r#"return url.startsWith("https://stream.test") ? events("event: done\nid: 1\ndata: {}\n\n")
            : Response.json({ id: "p1", status: "starting", urls: { stream: "https://stream.test/1" } }, { status: 201 })"#,
    );
    let builder = server.builder().headers([("x-session", "42")]).credentials(Credentials::Include);
    builder.build().unwrap().stream_text(MODEL, &SPRING).text().await.unwrap();
    for request in server.requests() {
        let to_base = request.url.contains("/relay/v1");
        assert_eq!(request.headers.contains_key("x-session"), to_base, "{}", request.url);
        assert_eq!(request.credentials.as_deref(), to_base.then_some("include"), "{}", request.url);
    }
    assert!(server.requests().iter().any(|request| request.url == "https://stream.test/1"));
}

#[wasm_bindgen_test]
async fn a_header_function_is_called_for_each_request_and_after_a_401() {
    let server = refuses_once();
    let count = Rc::new(Cell::new(0));
    let counted = Rc::clone(&count);
    let ask = async move || {
        counted.set(counted.get() + 1);
        Ok(vec![("x-session", counted.get().to_string())])
    };
    server.builder().headers_from(ask).build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap();
    let sessions: Vec<_> = server.requests().iter().map(|request| request.headers["x-session"].clone()).collect();
    assert_eq!(sessions, ["1", "2"]);
}

#[wasm_bindgen_test]
fn the_error_of_an_invalid_header_names_it_without_its_value() {
    let error = Replicate::builder().base_url("/v1").headers([("x-key", "sec\nret")]).build().unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("x-key") && !error.message().contains("sec"), "{error}");
}

#[wasm_bindgen_test]
async fn a_page_sends_no_user_agent() {
    let server = done();
    server.builder().user_agent("poems/1.0").build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap();
    assert!(!server.requests()[0].headers.contains_key("user-agent"));
    let error = server.builder().user_agent("po\nems").build().unwrap_err();
    assert_eq!(error.message(), "The option user_agent must be a string of ASCII, in one line");
}

#[wasm_bindgen_test]
async fn cancel_after_goes_with_the_create() {
    let server = done();
    server.builder().cancel_after("90s").build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap();
    assert_eq!(server.requests()[0].headers["cancel-after"], "90s");
    assert_eq!(server.builder().cancel_after("soon").build().unwrap_err().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn max_retries_limits_the_retries() {
    let server = Server::scripted("return Response.json({}, { status: 429, headers: { 'retry-after': '0' } })");
    server.builder().max_retries(2).build().unwrap().run::<Value>(MODEL, &SPRING).await.unwrap_err();
    assert_eq!(server.routes().len(), 3);
}

#[wasm_bindgen_test]
async fn connect_timeout_ends_a_request_without_an_answer() {
    let server = Server::scripted("return never(init)");
    let client = server.builder().connect_timeout(Duration::from_millis(1)).max_retries(0).build().unwrap();
    assert_eq!(client.run::<Value>("a/b:1", &SPRING).await.unwrap_err().code(), Code::UnknownOutcome);
    assert_eq!(client.wait::<Value>("p1").await.unwrap_err().code(), Code::Timeout);
}

#[wasm_bindgen_test]
async fn idle_timeout_ends_a_silent_stream_when_its_poll_gets_no_answer() {
    let server = Server::scripted(
        r#"if (init.method === "POST" && !url.endsWith("/cancel")) {
            return Response.json({ id: "p1", status: "starting", urls: { stream: "/relay/v1/predictions/stream/1" } }, { status: 201 });
        }
        if (url.endsWith("/stream/1")) return events("", false);
        return url.endsWith("/cancel") ? Response.json({ id: "p1", status: "canceled" }) : never(init)"#,
    );
    let millisecond = Duration::from_millis(1);
    let builder = server.builder().idle_timeout(millisecond).connect_timeout(millisecond).max_retries(0);
    let error = builder.build().unwrap().stream_text(MODEL, &SPRING).text().await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout, "{error}");
    assert!(server.routes().iter().any(|route| route == "GET /relay/v1/predictions/p1"), "{:?}", server.routes());
}

#[wasm_bindgen_test]
async fn on_state_gets_each_state_of_a_call() {
    let server = Server::sandbox(1).await;
    let states = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&states);
    let client = server.builder().on_state(move |state| seen.borrow_mut().push(state.clone())).build().unwrap();
    client.stream_text(MODEL, &Input { prompt: "[429: 1] Spring" }).text().await.unwrap();
    let states = states.borrow();
    assert_eq!(states[0], CallState::Sending);
    assert!(matches!(&states[1], CallState::Waiting { reason: WaitReason::RateLimited, attempt: 1, .. }), "{states:?}");
    assert!(states.contains(&CallState::Streaming), "{states:?}");
    assert_eq!(states.last(), Some(&CallState::Ended { status: Some(Status::Succeeded), canceled: None }));
}
