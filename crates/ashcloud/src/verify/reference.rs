//! Reference values: a JSON document with `entries`, each a family, its parameters, a quantity and its exact value.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Error;

/// One exact value.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    /// Its name in the document.
    #[serde(default)]
    pub(crate) id: String,
    /// Family of models.
    pub(crate) model: String,
    /// Parameters of the model; times in the unit that `mu` implies.
    pub(crate) params: Map<String, Value>,
    /// What the value is of.
    pub(crate) quantity: String,
    /// The exact value.
    pub(crate) value: f64,
    /// Decimal digits to trust.
    #[serde(default)]
    pub(crate) digits: u32,
}

/// The document.
#[derive(Deserialize)]
struct Document {
    entries: Vec<Value>,
}

/// Reads a document.
///
/// # Errors
/// Not JSON, no list `entries`, or an entry that lacks something; says where.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Error> {
    let document: Document = serde_json::from_str(text).map_err(Error::Json)?;
    let entries = document.entries.into_iter().enumerate().map(|(i, value)| {
        let id = value
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or("without id")
            .to_owned();
        let mut entry: Entry = serde_json::from_value(value).map_err(|fault| Error::Entry {
            number: i + 1,
            id,
            fault,
        })?;
        if entry.id.is_empty() {
            entry.id = format!("#{}", i + 1);
        }
        Ok(entry)
    });
    entries.collect()
}

impl Entry {
    /// A number among the parameters.
    ///
    /// # Errors
    /// Says which is missing or not a number.
    pub(crate) fn number(&self, name: &str) -> Result<f64, String> {
        let value = self
            .params
            .get(name)
            .ok_or_else(|| format!("no parameter `{name}`"))?;
        value
            .as_f64()
            .ok_or_else(|| format!("parameter `{name}` is not a number: {value}"))
    }

    /// A count among the parameters, 1 to 100 000.
    ///
    /// # Errors
    /// Says which is missing, not whole or out of range.
    pub(crate) fn count(&self, name: &str) -> Result<u32, String> {
        let value = self.number(name)?;
        if value.fract() == 0.0 && (1.0..=100_000.0).contains(&value) {
            Ok(value as u32)
        } else {
            Err(format!("parameter `{name}` is not a count: {value}"))
        }
    }

    /// A text among the parameters.
    ///
    /// # Errors
    /// Says which is missing or not a text.
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        let value = self
            .params
            .get(name)
            .ok_or_else(|| format!("no parameter `{name}`"))?;
        value
            .as_str()
            .ok_or_else(|| format!("parameter `{name}` is not a text: {value}"))
    }

    /// A list of numbers among the parameters.
    ///
    /// # Errors
    /// Says which is missing or not such a list.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let value = self
            .params
            .get(name)
            .ok_or_else(|| format!("no parameter `{name}`"))?;
        list(value).ok_or_else(|| format!("parameter `{name}` is not a list of numbers: {value}"))
    }

    /// A square table of numbers among the parameters.
    ///
    /// # Errors
    /// Says which is missing or not such a table.
    pub(crate) fn table(&self, name: &str) -> Result<Vec<Vec<f64>>, String> {
        let value = self
            .params
            .get(name)
            .ok_or_else(|| format!("no parameter `{name}`"))?;
        let rows: Option<Vec<_>> = value.as_array().and_then(|rows| rows.iter().map(list).collect());
        rows.filter(|rows| rows.iter().all(|row| row.len() == rows.len()))
            .ok_or_else(|| format!("parameter `{name}` is not a square table: {value}"))
    }
}

fn list(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}
