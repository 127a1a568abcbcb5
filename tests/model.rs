//! Models: the provider's table, its aliases, and references to any model.

use replicate_wasm::protocol::model::{MODELS, Makes, Model, Reference};

#[test]
fn the_provider_has_its_four_models_in_order() {
    let rows: Vec<_> =
        MODELS.iter().map(|model| (model.name, model.alias, model.version, model.makes == Makes::Images)).collect();
    let expected = [
        (
            "google-deepmind/gemma-2b-it",
            "gemma-2b",
            "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
            false,
        ),
        (
            "stability-ai/stable-diffusion-3",
            "sd-3",
            "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
            true,
        ),
        (
            "bytedance/sdxl-lightning-4step",
            "sdxl",
            "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
            true,
        ),
        (
            "playgroundai/playground-v2.5-1024px-aesthetic",
            "playground-v2.5",
            "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
            true,
        ),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_model_is_found_by_its_name_or_its_alias_only() {
    for model in MODELS {
        assert_eq!(Model::find(model.name), Ok(model));
        assert_eq!(Model::find(model.alias), Ok(model));
    }
    for name in ["", "gpt-4", "SD-3", " sd-3", "gemma-2b-it", "stability-ai", "sd-3:v1", "\u{0}"] {
        let error = Model::find(name).expect_err(name);
        assert_eq!(
            (error.code().name(), error.message()),
            (
                "model_not_supported",
                &*format!(
                    "Model not supported: \"{name}\". Choose one of ReplicateHome.models, or run any other with Replicate"
                )
            )
        );
    }
}

#[test]
fn a_reference_is_a_model_a_named_version_or_a_bare_version() {
    let version = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa";
    let model = |name: &str| Ok(Reference::Model(name.to_owned()));
    let of = |version: &str| Ok(Reference::Version(version.to_owned()));
    assert_eq!(Reference::read("meta/llama-2-70b-chat"), model("meta/llama-2-70b-chat"));
    assert_eq!(Reference::read("a/b.c_d-1"), model("a/b.c_d-1"));
    assert_eq!(Reference::read(&format!("stability-ai/sdxl:{version}")), of(version));
    assert_eq!(Reference::read("a/b:v2"), of("v2"));
    assert_eq!(Reference::read(version), of(version));
    assert_eq!(Reference::read(&version.to_uppercase()), of(&version.to_uppercase()));
}

#[test]
fn any_other_reference_is_refused_with_its_text() {
    let short = "5c7d".repeat(15);
    let no_hex = "5c7g".repeat(16);
    let wrong = [
        "",
        "llama",
        "/llama",
        "meta/",
        "meta/llama/2",
        "meta/llama:",
        ":v1",
        "meta:v1",
        "meta/llama:v1:v2",
        "a b/c",
        "meta/ll?ma",
        "meta/ll#ma",
        "meta/%2e%2e",
        "../models",
        "meta/..",
        "./x",
        "meta/.",
        "méta/llama",
        "meta/llama:v/1",
        "meta\\llama",
        "a/b:..",
        &short,
        &no_hex,
    ];
    for text in wrong {
        let error = Reference::read(text).expect_err(text);
        assert_eq!(error.code().name(), "invalid_argument", "{text}");
        assert!(error.message().ends_with(&format!("not \"{text}\"")), "{}", error.message());
    }
}
