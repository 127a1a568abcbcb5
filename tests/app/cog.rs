//! The client of a Cog server.

use crate::server::Server;
use replicate_wasm::{Code, Cog, HealthStatus};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

/// A Cog server whose model outputs "Spring is here": in events when the request accepts them, else in one answer.
fn server() -> Server {
    Server::scripted(
        r#"const id = url.split("/predictions/")[1];
        if (url.endsWith("/health-check")) return Response.json({ status: "READY", setup: { status: "succeeded", logs: "" } });
        if (url.endsWith("/cancel")) return Response.json({});
        if (init.headers.get("accept") !== "text/event-stream") {
            return Response.json({ id, status: "succeeded", output: ["Spring", " is", " here"] });
        }
        const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
        const pieces = ["Spring", " is", " here"].map((chunk, index) => event("output", { chunk, index }));
        const hangs = init.body.includes("hang");
        const end = hangs ? "" : event("completed", { id, status: "succeeded", output: ["Spring", " is", " here"] });
        return events(event("start", { id, status: "processing" }) + pieces.join("") + end, !hangs)"#,
    )
}

fn cog(server: &Server) -> Cog {
    Cog::builder().base_url("/cog").fetch(server.fetch()).build().unwrap()
}

#[wasm_bindgen_test]
async fn stream_text_yields_the_text_of_a_cog_model() {
    let server = server();
    let mut poem = cog(&server).stream_text(&json!({ "prompt": "Spring" }));
    assert_eq!(poem.next().await.unwrap().unwrap(), "Spring");
    assert_eq!(poem.text().await.unwrap(), "Spring is here");
    assert_eq!(poem.id().unwrap().len(), 26);
    assert_eq!(cog(&server).stream(&json!({})).text().await.unwrap(), "Spring is here");
}

#[wasm_bindgen_test]
async fn run_reads_the_output_of_a_cog_model_into_the_requested_type() {
    let words: Vec<String> = cog(&server()).run(&json!({ "prompt": "Spring" })).await.unwrap();
    assert_eq!(words.concat(), "Spring is here");
}

#[wasm_bindgen_test]
async fn health_returns_the_state_of_the_server_and_its_setup() {
    let health = cog(&server()).health().await.unwrap();
    assert_eq!((health.status, health.setup.unwrap().status.as_deref()), (HealthStatus::Ready, Some("succeeded")));
}

#[wasm_bindgen_test]
async fn a_call_may_set_the_id_of_its_prediction() {
    let server = server();
    let call = cog(&server).call().input(&json!({ "prompt": "Spring" })).unwrap();
    call.clone().id("poem-1").stream_text().text().await.unwrap();
    assert_eq!(server.routes(), ["PUT /cog/predictions/poem-1"]);
    let error = call.id("../x").stream_text().next().await.unwrap().unwrap_err();
    assert_eq!(error.message(), "The option id must be 1 to 64 letters, digits, - and _");
    let error = cog(&server).stream(&"no map").next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn dropping_a_stream_stops_the_model() {
    let server = server();
    let mut poem = cog(&server).stream_text(&json!({ "prompt": "hang" }));
    poem.next().await.unwrap().unwrap();
    drop(poem);
    server.received("/cancel").await;
}
