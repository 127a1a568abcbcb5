//! A Cog server.

use crate::server::Server;
use replicate_wasm::{Code, Cog, HealthStatus};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

/// A Cog server whose model says "Spring is here", in events where these are asked for.
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
async fn its_text_comes_as_a_stream() {
    let server = server();
    let mut poem = cog(&server).stream_text(&json!({ "prompt": "Spring" }));
    assert_eq!(poem.next().await.unwrap().unwrap(), "Spring");
    assert_eq!(poem.text().await.unwrap(), "Spring is here");
    assert_eq!(poem.id().unwrap().len(), 26);
    assert_eq!(cog(&server).stream(&json!({})).text().await.unwrap(), "Spring is here");
}

#[wasm_bindgen_test]
async fn its_output_becomes_the_type_that_is_asked_for() {
    let words: Vec<String> = cog(&server()).run(&json!({ "prompt": "Spring" })).await.unwrap();
    assert_eq!(words.concat(), "Spring is here");
}

#[wasm_bindgen_test]
async fn its_health_is_told() {
    let health = cog(&server()).health().await.unwrap();
    assert_eq!((health.status, health.setup.unwrap().status.as_deref()), (HealthStatus::Ready, Some("succeeded")));
}

#[wasm_bindgen_test]
async fn a_call_may_choose_its_id() {
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
async fn a_dropped_stream_stops_the_model() {
    let server = server();
    let mut poem = cog(&server).stream_text(&json!({ "prompt": "hang" }));
    poem.next().await.unwrap().unwrap();
    drop(poem);
    server.was_asked("/cancel").await;
}
