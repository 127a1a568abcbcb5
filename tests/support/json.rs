//! The crate's `Json` trait, implemented with `serde_json`.

use replicate_wasm::protocol::json::Json;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doc(pub(crate) Value);

impl Doc {
    fn at(&self, path: &str) -> Option<&Value> {
        let keys = path.split('.').filter(|key| !key.is_empty());
        let mut value = &self.0;
        for key in keys {
            value = match value {
                Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
                value => value.get(key)?,
            };
        }
        Some(value).filter(|value| !value.is_null())
    }
}

impl Json for Doc {
    fn decode(text: &[u8]) -> String {
        String::from_utf8_lossy(text).into_owned()
    }

    fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_str(&Self::decode(text)).ok().map(Self)
    }

    fn str(&self, path: &str) -> Option<String> {
        self.at(path)?.as_str().map(str::to_owned)
    }

    fn show(&self, path: &str) -> Option<String> {
        self.at(path).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    fn number(&self, path: &str) -> Option<f64> {
        self.at(path)?.as_f64()
    }

    fn length(&self, path: &str) -> Option<usize> {
        self.at(path)?.as_array().map(Vec::len)
    }
}
