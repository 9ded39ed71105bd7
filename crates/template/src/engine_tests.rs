//! Tests of evaluation.
use super::*;
use crate::value::Map;
use serde_json::json;

fn written(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::written(text.as_str(), None),
        serde_json::Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().into(),
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.as_str().into(), written(value)))
            .collect::<Map>()
            .into(),
        other => other.clone().into(),
    }
}

fn scope(vars: &serde_json::Value) -> Scope {
    let Value::Map(map) = written(vars) else {
        panic!("a mapping is expected")
    };
    Scope::new(vec![map])
}

fn eval(text: &str, vars: &serde_json::Value) -> Result<serde_json::Value, String> {
    evaluate(&Value::written(text, None), &scope(vars))
        .map(|value| value.to_json())
        .map_err(|error| error.to_string())
}

#[test]
fn a_single_expression_keeps_its_type() {
    let vars = json!({"n": 3, "list": [1, "a"], "flag": true, "none": null});
    assert_eq!(eval("{{ n + 1 }}", &vars), Ok(json!(4)));
    assert_eq!(eval("{{ list }}", &vars), Ok(json!([1, "a"])));
    assert_eq!(eval("{{ flag }}", &vars), Ok(json!(true)));
    assert_eq!(eval("{{ none }}", &vars), Ok(json!(null)));
    assert_eq!(eval("{{ '7' }}", &vars), Ok(json!("7")));
}

#[test]
fn other_templates_become_text_as_python_prints_it() {
    let vars = json!({"n": 3, "list": [1, "a"], "flag": true});
    assert_eq!(
        eval("n={{ n }} {{ flag }} {{ list }}", &vars),
        Ok(json!("n=3 True [1, 'a']"))
    );
    assert_eq!(eval("{{ n }}{{ n }}", &vars), Ok(json!("33")));
}

#[test]
fn variables_are_evaluated_when_they_are_used() {
    let vars = json!({"a": "{{ b.c }}", "b": {"c": "{{ d | upper }}", "broken": "{{ nothing }}"}, "d": "x"});
    assert_eq!(eval("{{ a }}", &vars), Ok(json!("X")));
}

#[test]
fn what_a_host_answered_is_no_template() {
    let map: Map = [("answer".into(), Value::from(json!("{{ secret }}")))]
        .into_iter()
        .collect();
    let value = evaluate(
        &Value::written("{{ answer }}", None),
        &Scope::new(vec![Arc::new(map)]),
    )
    .unwrap();
    assert_eq!(value.as_str(), Some("{{ secret }}"));
}

#[test]
fn an_undefined_variable_is_named_with_the_chain_that_led_there() {
    let vars = json!({"a": "{{ b }}", "b": "{{ hots }}", "hosts": 1});
    let error = evaluate(
        &Value::written("{{ a }}", Some("t.yml:3:5".into())),
        &scope(&vars),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`hots` is undefined (needed by `a`, by `b`) at t.yml:3:5"
    );
    assert_eq!(error.help().as_deref(), Some("did you mean `hosts`?"));
}

#[test]
fn an_undefined_attribute_is_an_error_and_default_catches_it() {
    let vars = json!({"a": {"b": 1}});
    assert_eq!(
        eval("{{ a.c }}", &vars),
        Err("something in `{{ a.c }}` is undefined".to_owned())
    );
    assert_eq!(eval("{{ a.c | default('x') }}", &vars), Ok(json!("x")));
    assert_eq!(
        eval("{{ nothing | default(omit) }}", &vars),
        Ok(json!(crate::OMIT))
    );
}

#[test]
fn a_circle_of_variables_is_an_error() {
    let error = eval("{{ a }}", &json!({"a": "{{ b }}", "b": "{{ a }}"})).unwrap_err();
    assert!(
        error.starts_with("variables refer to each other in a circle: `a` -> `b` -> `a`"),
        "{error}"
    );
}

#[test]
fn omitted_entries_are_left_out() {
    let value = written(&json!({"keep": 1, "drop": "{{ omit }}"}));
    assert_eq!(
        evaluate(&value, &scope(&json!({}))).unwrap().to_json(),
        json!({"keep": 1})
    );
}

#[test]
fn conditions_are_true_or_false_and_nothing_else() {
    let vars = scope(&json!({"n": 3, "text": "x", "list": [], "r": {"rc": 0}}));
    assert_eq!(
        condition("n == 3 and text is defined", None, &vars),
        Ok(true)
    );
    assert_eq!(condition("nothing is defined", None, &vars), Ok(false));
    assert_eq!(condition("r is succeeded", None, &vars), Ok(true));
    let error = condition("text", None, &vars).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the condition `text` is neither true nor false but a string"
    );
    assert_eq!(
        condition("nothing == 1", None, &vars)
            .unwrap_err()
            .to_string(),
        "`nothing` is undefined"
    );
}

#[test]
fn files_are_rendered_with_trimmed_blocks_and_their_last_line_break() {
    let source = "a\n{% for x in list %}\n- {{ x }}\n{% endfor %}\nend\n";
    let text = render(
        source,
        "t.j2",
        Blocks::default(),
        &scope(&json!({"list": [1, 2]})),
    )
    .unwrap();
    assert_eq!(text, "a\n- 1\n- 2\nend\n");
    let error = render(
        "a\n{{ nothing }}\n",
        "roles/x/templates/t.j2",
        Blocks::default(),
        &scope(&json!({})),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`nothing` is undefined in line 2 of the template at roles/x/templates/t.j2"
    );
}

#[test]
fn broken_templates_are_found_before_they_are_used() {
    let error = check("{{ a | }}", "t.yml").unwrap_err();
    assert_eq!(error.fault, Fault::Syntax);
    assert!(
        error.to_string().starts_with("this template is broken: "),
        "{error}"
    );
    assert!(check("no template", "t.yml").is_ok());
    assert!(check_condition("a ==").is_err());
}

#[test]
fn references_are_the_variables_that_a_template_needs() {
    let names: Vec<String> = references("{{ a.b }} {% for x in c %}{{ x }}{{ d }}{% endfor %}")
        .into_iter()
        .collect();
    assert_eq!(names, ["a", "c", "d"]);
    assert!(condition_references("x is defined and y == 1").contains("y"));
}

#[test]
fn filters_of_everyday_roles_work() {
    let vars = json!({
        "nics": [{"device": "eth0", "ipv4": {"address": "198.18.0.3"}}, {"device": "lo"}],
        "names": ["a-b", "c"],
        "facts": {"a_b": {"device": "a-b"}, "c": {"device": "c"}},
    });
    assert_eq!(
        eval(
            "{{ names | map('replace', '-', '_') | map('extract', facts) | map(attribute='device') | join(',') }}",
            &vars
        ),
        Ok(json!("a-b,c"))
    );
    assert_eq!(
        eval(
            "{{ (nics | selectattr('ipv4', 'defined') | selectattr('ipv4.address', 'equalto', '198.18.0.3') | first | default({})).device }}",
            &vars
        ),
        Ok(json!("eth0"))
    );
    assert_eq!(
        eval(
            "{{ {'a': 1} | combine({'b': 2}) | dict2items | length }}",
            &vars
        ),
        Ok(json!(2))
    );
    assert_eq!(
        eval("{{ 'a.b' | regex_replace('\\\\.(.)', '-\\\\1') }}", &vars),
        Ok(json!("a-b"))
    );
    assert_eq!(
        eval("{{ [[1, [2]], 3] | flatten }}", &vars),
        Ok(json!([1, 2, 3]))
    );
    assert_eq!(
        eval("{{ 'yes' | bool | ternary('on', 'off') }}", &vars),
        Ok(json!("on"))
    );
    assert_eq!(
        eval("{{ {'b': [1], 'a': 'x'} | to_json }}", &vars),
        Ok(json!("{\"b\": [1], \"a\": \"x\"}"))
    );
    assert_eq!(
        eval("{{ 'x'.upper() ~ 'a,b'.split(',')[1] }}", &vars),
        Ok(json!("Xb"))
    );
    assert_eq!(
        eval(
            "{{ ['0.0.0.0/0', '::/0'] | reject('search', ':') | list }}",
            &vars
        ),
        Ok(json!(["0.0.0.0/0"]))
    );
}
