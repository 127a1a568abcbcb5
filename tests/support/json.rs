//! `serde_json` behind the core's `Json` trait.

use replicate_wasm::json::Json;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value(pub(crate) serde_json::Value);

impl Json for Value {
    fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn get(&self, key: &str) -> Option<Self> {
        self.0.get(key).filter(|value| !value.is_null()).cloned().map(Self)
    }

    fn as_str(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn length(&self) -> Option<usize> {
        self.0.as_array().map(Vec::len)
    }

    fn at(&self, index: usize) -> Option<Self> {
        self.0.get(index).filter(|value| !value.is_null()).cloned().map(Self)
    }

    fn to_json(&self) -> String {
        self.0.to_string()
    }
}
