//! Rust values as the content of requests.

use super::error::invalid;
use crate::protocol::error::Error;
use js_sys::Array;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// Serialises a value into a JavaScript value that can be written as JSON.
pub(crate) fn to_value(what: &str, value: &(impl Serialize + ?Sized)) -> Result<JsValue, Error> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|error| invalid(format!("{what} cannot be serialised: {error}")))
}

/// Serialises the input of a prediction: a struct or a map.
pub(crate) fn to_input(input: &(impl Serialize + ?Sized)) -> Result<JsValue, Error> {
    let input = to_value("The input", input)?;
    if input.is_object() && !Array::is_array(&input) {
        return Ok(input);
    }
    Err(invalid("The input must be a struct or a map, with a field for each input of the model"))
}
