//! Reads everything a real server was recorded to say: envelopes byte for byte, bodies into typed objects.
//!
//! The recordings are not part of the repository; without them the test says so and passes. What is read from bodies is
//! tested on our own texts beside the code.

#[cfg(test)]
mod tests {
    use edgewright_opennebula::model::Object;
    use edgewright_opennebula::wire::{Value, decode_answer, decode_call, encode_answer};
    use edgewright_opennebula::xml::Element;
    use edgewright_opennebula::{
        BodyError, Cluster, Datastore, Document, Host, Image, SystemConfig, User, VirtualNetwork,
        Vm, VnTemplate,
    };
    use std::path::Path;

    fn rows() -> Vec<serde_json::Value> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/golden/opennebula/transcripts.jsonl");
        if !file.exists() {
            println!("skipped: the recordings are not here");
            return Vec::new();
        }
        fs_err::read_to_string(file)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn body<'a>(row: &'a serde_json::Value, key: &str) -> &'a [u8] {
        row["http"][key].as_str().unwrap().as_bytes()
    }

    #[test]
    fn recorded_answers_are_read_and_written_again_byte_for_byte() {
        for row in rows() {
            let recorded = body(&row, "response_body");
            let answer = decode_answer(recorded).unwrap();
            assert_eq!(
                encode_answer(&answer).as_bytes(),
                recorded,
                "{}",
                row["name"]
            );
        }
    }

    #[test]
    fn recorded_calls_are_read_with_all_their_parameters() {
        for row in rows() {
            let call = decode_call(body(&row, "request_body")).unwrap();
            assert_eq!(call.method, row["method"].as_str().unwrap());
            assert_eq!(
                call.params.len(),
                row["params"].as_array().unwrap().len() + 1,
                "{}",
                row["name"]
            );
            assert_eq!(call.params[0].as_text(), row["auth"].as_str());
        }
    }

    /// Reads an element as the object it is; elements that are no objects of ours count as read.
    fn read(element: &Element) -> Result<(), BodyError> {
        fn one<T: Object>(element: &Element) -> Result<(), BodyError> {
            T::from_element(element).map(|_| ())
        }
        match element.name() {
            "CLUSTER" => one::<Cluster>(element),
            "HOST" => one::<Host>(element),
            "DATASTORE" => one::<Datastore>(element),
            "VNET" => one::<VirtualNetwork>(element),
            "VNTEMPLATE" => one::<VnTemplate>(element),
            "DOCUMENT" => one::<Document>(element),
            "IMAGE" => one::<Image>(element),
            "USER" => one::<User>(element),
            "VM" => one::<Vm>(element),
            "OPENNEBULA_CONFIGURATION" => one::<SystemConfig>(element),
            pool if pool.ends_with("_POOL") => element.children().iter().try_for_each(read),
            _ => Ok(()),
        }
    }

    #[test]
    fn recorded_bodies_are_read_into_objects() {
        for row in rows() {
            let Ok(Value::Array(parts)) = decode_answer(body(&row, "response_body")).unwrap()
            else {
                continue;
            };
            if let (Value::Bool(true), Some(text)) = (
                &parts[0],
                parts[1].as_text().filter(|text| text.starts_with('<')),
            ) {
                let root =
                    Element::parse(text).unwrap_or_else(|error| panic!("{}: {error}", row["name"]));
                read(&root).unwrap_or_else(|error| panic!("{}: {error}", row["name"]));
            }
        }
    }
}
