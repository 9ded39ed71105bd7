//! Tests against forgetting: every verb has a page in the user guide and a file here.
use std::path::Path;

/// Verbs as words, with the names of their page and of their file here.
const VERBS: &[(&[&str], &str)] = &[
    (&["cluster", "plan"], "cluster-plan"),
    (&["cluster", "apply"], "cluster-apply"),
    (&["cluster", "status"], "cluster-status"),
    (&["cluster", "verify"], "cluster-verify"),
    (&["cluster", "destroy"], "cluster-destroy"),
    (&["playbook"], "playbook"),
    (&["inventory"], "inventory"),
    (&["completion"], "completion"),
];

/// The verbs that help names below some words.
fn verbs(words: &[&str]) -> Vec<String> {
    let help = crate::builder::Cli::new()
        .args(words.iter().copied())
        .args(["--help"])
        .run()
        .stdout;
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|verb| !verb.is_empty() && *verb != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_verb_has_a_page_and_a_test() {
    let mut found: Vec<String> = Vec::new();
    for verb in verbs(&[]) {
        let inner = verbs(&[&verb]);
        if inner.is_empty() {
            found.push(verb);
        } else {
            found.extend(inner.iter().map(|inner| format!("{verb} {inner}")));
        }
    }
    let known: Vec<String> = VERBS.iter().map(|(words, _)| words.join(" ")).collect();
    assert_eq!(found, known);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (_, name) in VERBS {
        let page = root.join(format!("docs/guide/{name}.md"));
        let test = root.join(format!("tests/cli/{}.rs", name.replace('-', "_")));
        assert!(page.exists(), "{}", page.display());
        assert!(test.exists(), "{}", test.display());
    }
}

#[test]
fn every_option_is_in_the_page_of_its_verb() {
    for (words, name) in VERBS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/guide/{name}.md"));
        let page = fs_err::read_to_string(path).unwrap();
        let help = crate::builder::Cli::new()
            .args(words.iter().copied())
            .args(["-h"])
            .run()
            .stdout;
        let options = regex_lite::Regex::new(r"(?m)^ +(?:-\w, )?(--[a-z-]+)").unwrap();
        for option in options
            .captures_iter(&help)
            .map(|found| found[1].to_owned())
        {
            let everywhere = ["--help", "--version", "--output", "--color", "--verbose"];
            assert!(
                everywhere.contains(&option.as_str()) || page.contains(&option),
                "docs/guide/{name}.md says nothing of `{option}`"
            );
        }
    }
}

#[test]
fn every_environment_variable_is_in_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = fs_err::read_to_string(root.join("src/settings.rs")).unwrap();
    let page = fs_err::read_to_string(root.join("docs/guide/settings.md")).unwrap();
    let names = regex_lite::Regex::new(r#""([A-Z][A-Z_]+)""#).unwrap();
    let mut seen = 0;
    for name in names
        .captures_iter(&settings)
        .map(|found| found[1].to_owned())
    {
        seen += 1;
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/guide/settings.md says nothing of {name}"
        );
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn every_event_is_in_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs_err::read_to_string(root.join("src/report/json.rs")).unwrap();
    let page = fs_err::read_to_string(root.join("docs/reference/json.md")).unwrap();
    let names = regex_lite::Regex::new(r#"line\(\s*"([a-z_]+)", at"#).unwrap();
    let mut seen = 0;
    for name in names
        .captures_iter(&source)
        .map(|found| found[1].to_owned())
    {
        seen += 1;
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/reference/json.md says nothing of {name}"
        );
    }
    assert!(seen >= 15, "{seen}");
}

/// Every page that people read.
fn pages(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_yaml_block_in_the_documentation_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    pages(&root.join("docs"), &mut found);
    pages(&root.join("roles"), &mut found);
    let mut blocks = 0;
    for page in found {
        let text = fs_err::read_to_string(&page).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("\n```").next().unwrap().to_owned() + "\n";
            let whole = block.contains("plugin: edgewright.cluster") && !block.contains("!vault");
            let file = edgewright_yaml::SourceFile::new(page.clone(), block);
            let node = edgewright_yaml::load(&file).unwrap_or_else(|faults| panic!("{faults}"));
            if whole {
                let spec = edgewright::cluster::spec::Spec::from_node(&node.unwrap());
                spec.unwrap_or_else(|faults| panic!("{}: {faults}", page.display()));
            }
            blocks += 1;
        }
    }
    assert!(blocks >= 3, "{blocks}");
}
