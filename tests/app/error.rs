//! Errors: a test for each code, and what an app can do with them.

use crate::server::Server;
use crate::{Input, MODEL, SPRING, Tokens};
use replicate_wasm::{Code, Cog, Error, HomeOptions, Replicate, ReplicateHome};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// The name of an option in messages: its JavaScript name in a build with the feature `npm`.
fn as_spelled<'a>(javascript: &'a str, rust: &'a str) -> &'a str {
    if cfg!(feature = "npm") { javascript } else { rust }
}

/// The error of a stream.
async fn text_error(client: &Replicate, prompt: &str) -> Error {
    client.stream_text(MODEL, &Input { prompt }).text().await.unwrap_err()
}

#[wasm_bindgen_test]
fn an_error_is_send_sync_and_clone() {
    fn takes(_: impl std::error::Error + Clone + Send + Sync + 'static) {}
    takes(Replicate::builder().base_url("ftp://x").build().unwrap_err());
}

#[wasm_bindgen_test]
async fn an_error_can_be_downcast_from_anyhow() {
    async fn app() -> anyhow::Result<String> {
        Ok(Replicate::new("/relay/v1")?.run("no model", &SPRING).await?)
    }
    let error = app().await.unwrap_err();
    assert_eq!(error.downcast_ref::<Error>().unwrap().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_bad_argument_is_the_first_item_of_the_stream() {
    let server = Server::sandbox(0).await;
    let client = server.client();
    let mut results = client.stream_text("no model", &SPRING);
    assert_eq!(results.next().await.unwrap().unwrap_err().code(), Code::InvalidArgument);
    assert!(results.next().await.is_none());
    assert_eq!(client.stream("no model", &SPRING).text().await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(client.resume("a/b").text().await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(client.resume("").text().await.unwrap_err().code(), Code::InvalidArgument);
    assert!(server.routes().is_empty());
}

#[wasm_bindgen_test]
async fn an_input_that_cannot_be_serialised_is_the_first_item_of_the_stream() {
    struct Broken;
    impl serde::Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("the ink is dry"))
        }
    }
    let client = Server::sandbox(0).await.client();
    let error = client.stream_text(MODEL, &Broken).next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("the ink is dry"), "{error}");
    let error = client.stream(MODEL, &"a text").next().await.unwrap().unwrap_err();
    assert_eq!(error.message(), "The input must be a struct or a map, with a field for each input of the model");
}

#[wasm_bindgen_test]
async fn model_not_supported_is_a_model_that_the_provider_does_not_have() {
    let models = as_spelled("ReplicateHome.models", "ReplicateHome::MODELS");
    let options = HomeOptions::new().model("gpt-2").prompt("Spring");
    let error = ReplicateHome::create_async_generator(options).text().await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::ModelNotSupported,
            &*format!("Model not supported: \"gpt-2\". Choose one of {models}, or run any other with Replicate")
        )
    );
}

#[wasm_bindgen_test]
fn unsafe_auth_is_a_token_in_a_page() {
    let error = Replicate::builder().base_url("/relay/v1").token("r8_secret").build().unwrap_err();
    assert_eq!(error.code(), Code::UnsafeAuth);
    assert!(!error.message().contains("r8_secret"));
}

#[wasm_bindgen_test]
async fn network_is_a_request_without_an_answer() {
    let server = Server::scripted("throw new TypeError('The cable is cut')");
    let client = server.builder().max_retries(0).build().unwrap();
    let error = client.wait::<serde_json::Value>("p1").await.unwrap_err();
    assert_eq!((error.code(), error.detail()), (Code::Network, Some("The cable is cut")));
    assert_eq!(error.request().unwrap().method, "GET");
}

#[wasm_bindgen_test]
async fn http_is_an_answer_with_an_error_status() {
    let server = Server::scripted(
        "return Response.json({ detail: 'Too many.' }, { status: 429, headers: { 'retry-after': '7' } })",
    );
    let client = server.builder().max_retries(0).build().unwrap();
    let error = client.run::<String>(MODEL, &SPRING).await.unwrap_err();
    assert_eq!((error.code(), error.status(), error.detail()), (Code::Http, Some(429), Some("Too many.")));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[wasm_bindgen_test]
async fn protocol_is_an_output_that_does_not_fit_the_requested_type() {
    let client = Server::sandbox(0).await.client();
    let error = client.run::<u32>("sandbox/tokens", &Tokens { tokens: &["a"] }).await.unwrap_err();
    assert_eq!(error.code(), Code::Protocol);
    assert!(error.message().starts_with("The output is not of the type that was asked for: "), "{error}");
    assert!(error.prediction_id().is_some());
}

#[wasm_bindgen_test]
async fn interrupted_is_a_stream_that_broke_and_cannot_be_completed() {
    let server = Server::scripted(
        r#"if (url.endsWith("/stream/1")) return events("event: output\nid: 1:0\ndata: Spring\n\n");
        if (init.method === "POST") {
            return Response.json({ id: "p1", status: "starting", urls: { stream: "/relay/v1/predictions/stream/1" } }, { status: 201 });
        }
        return Response.json({ detail: "Gone." }, { status: 404 })"#,
    );
    let client = server.builder().max_retries(0).build().unwrap();
    let error = text_error(&client, "Spring").await;
    assert_eq!((error.code(), error.partial()), (Code::Interrupted, Some("Spring")), "{error}");
}

#[wasm_bindgen_test]
async fn unknown_outcome_is_a_create_that_may_have_been_accepted() {
    let server = Server::sandbox(0).await;
    let error = text_error(&server.client(), "[drop]").await;
    assert_eq!(error.code(), Code::UnknownOutcome);
    assert_eq!(server.routes().len(), 1, "it is not sent again");
}

#[wasm_bindgen_test]
async fn failed_is_a_prediction_that_failed() {
    let error = text_error(&Server::relay(0).await.client(), "[fail] Spring").await;
    assert_eq!(error.code(), Code::Failed);
    assert!(error.message().starts_with("Prediction failed"), "{error}");
    assert!(error.prediction_id().is_some());
}

#[wasm_bindgen_test]
async fn canceled_and_aborted_are_predictions_that_ended_so() {
    let client = Server::sandbox(0).await.client();
    assert_eq!(text_error(&client, "[canceled] Spring").await.code(), Code::Canceled);
    assert_eq!(text_error(&client, "[aborted] Spring").await.code(), Code::Aborted);
}

#[wasm_bindgen_test]
async fn timeout_is_a_prediction_that_took_longer_than_the_limit() {
    let server = Server::sandbox(1).await;
    let client = server.builder().timeout(Duration::from_millis(30)).build().unwrap();
    let error = text_error(&client, "[hang] Spring").await;
    assert_eq!(error.code(), Code::Timeout);
    server.received("/cancel").await;
}

#[wasm_bindgen_test]
async fn an_error_becomes_a_javascript_error_with_the_fields_of_replicate_error() {
    let server = Server::scripted("return Response.json({ detail: 'No.' }, { status: 422 })");
    let error = JsValue::from(server.client().run::<String>(MODEL, &SPRING).await.unwrap_err());
    let error: js_sys::Error = error.dyn_into().unwrap();
    let get = |name: &str| js_sys::Reflect::get(&error, &name.into()).unwrap();
    assert_eq!((String::from(error.name()), get("code")), ("ReplicateError".to_owned(), "http".into()));
    assert_eq!((get("status"), get("detail")), (422.into(), "No.".into()));
    assert!(String::from(error.message()).ends_with("was answered with status 422: No."));
}

#[wasm_bindgen_test]
async fn no_error_contains_the_token() {
    let server = Server::scripted("return Response.json({ detail: 'No.' }, { status: 403 })");
    let client = server.builder().token("r8_secret").dangerously_allow_browser().build().unwrap();
    let error = client.run::<String>(MODEL, &SPRING).await.unwrap_err();
    assert!(!format!("{error} {error:?} {client:?}").contains("r8_secret"));
    assert_eq!(server.requests()[0].headers["authorization"], "Bearer r8_secret");
}

#[wasm_bindgen_test]
fn a_message_spells_an_option_as_its_caller_does() {
    let client = || Replicate::builder().base_url("/relay/v1");
    let error = client().cancel_after("soon").build().unwrap_err();
    let option = as_spelled("cancelAfter", "cancel_after");
    assert!(error.message().starts_with(&format!("The option {option} must be")), "{error}");
    let error = client().token("r8_secret").build().unwrap_err();
    assert!(error.message().ends_with(as_spelled("dangerouslyAllowBrowser", "dangerously_allow_browser")), "{error}");
}

#[wasm_bindgen_test]
fn a_client_without_a_base_url_is_an_error_that_names_the_option() {
    let message = |result: Result<(), Error>| result.unwrap_err().to_string();
    assert_eq!(
        message(Replicate::builder().build().map(drop)),
        "The option base_url is needed in a page: the URL of a relay, such as /relay/v1"
    );
    assert_eq!(message(Cog::builder().build().map(drop)), "The option base_url is needed: the URL of a Cog server");
    assert_eq!(
        message(Replicate::new("http://user:password@localhost/v1").map(drop)),
        "The option base_url must be an http or https URL without a password, and absolute outside a page"
    );
}
