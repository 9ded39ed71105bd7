//! The `system.*` methods that every XML-RPC server has: lists of methods, and several calls in one.

use crate::emulator::Emulator;
use crate::methods;
use edgewright_opennebula::wire::{Answer, Fault, Value};

/// Carries a call out, whether OpenNebula's or one of these, and tells the observer about it.
pub(crate) async fn call(emulator: &Emulator, method: &str, params: &[Value]) -> Answer {
    let answer = match method {
        "system.multicall" => multicall(emulator, params).await,
        "system.listMethods" => Ok(Value::Array(names().into_iter().map(Value::from).collect())),
        "system.methodHelp" => known(params).map(|name| Value::Text(format!("{name}, emulated"))),
        "system.methodSignature" => known(params).map(|_| Value::from("undef")),
        _ => emulator.call(method, params).await,
    };
    emulator.record(method, 200, Some(&answer));
    answer
}

fn names() -> Vec<&'static str> {
    let own = [
        "system.listMethods",
        "system.methodHelp",
        "system.methodSignature",
        "system.multicall",
    ];
    let mut names: Vec<_> = methods::all().map(|(name, _)| *name).chain(own).collect();
    names.sort_unstable();
    names
}

fn known(params: &[Value]) -> Result<&str, Fault> {
    let missing = || Fault {
        code: Fault::TYPE,
        text: "Not enough parameters".to_owned(),
    };
    let name = params
        .first()
        .and_then(Value::as_text)
        .ok_or_else(missing)?;
    if names().contains(&name) {
        return Ok(name);
    }
    Err(Fault {
        code: Fault::NO_SUCH_METHOD,
        text: format!("Method '{name}' does not exist"),
    })
}

/// Each result stands in an array of its own; a fault stands as a structure.
async fn multicall(emulator: &Emulator, params: &[Value]) -> Answer {
    let Some(Value::Array(calls)) = params.first() else {
        return Err(Fault {
            code: Fault::TYPE,
            text: "Not enough parameters".to_owned(),
        });
    };
    let mut results = Vec::with_capacity(calls.len());
    for inner in calls {
        let answer = match parts(inner) {
            Some(("system.multicall", _)) | None => Err(Fault {
                code: Fault::TYPE,
                text: "This is not a call that can be one of several".to_owned(),
            }),
            Some((method, params)) => Box::pin(call(emulator, method, params)).await,
        };
        results.push(match answer {
            Ok(value) => Value::Array(vec![value]),
            Err(fault) => Value::Struct(vec![
                ("faultCode".to_owned(), Value::Int(fault.code)),
                ("faultString".to_owned(), Value::Text(fault.text)),
            ]),
        });
    }
    Ok(Value::Array(results))
}

fn parts(call: &Value) -> Option<(&str, &[Value])> {
    let Value::Struct(members) = call else {
        return None;
    };
    let find = |name: &str| {
        members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    match (find("methodName"), find("params")) {
        (Some(Value::Text(method)), Some(Value::Array(params))) => Some((method, params)),
        _ => None,
    }
}
