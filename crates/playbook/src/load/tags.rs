//! Which tasks `--tags` and `--skip-tags` choose.

use std::sync::Arc;

/// Whether a task with these tags is chosen, by the rules of `always`, `never`, `all`, `tagged` and `untagged`.
pub(crate) fn chosen(tags: &[Arc<str>], only: &[String], skip: &[String]) -> bool {
    let untagged = tags.is_empty();
    let has =
        |name: &str| tags.iter().any(|tag| &**tag == name) || (untagged && name == "untagged");
    let asks = |list: &[String], name: &str| list.iter().any(|tag| tag == name);
    let shared = |list: &[String]| list.iter().any(|tag| has(tag));
    let wanted = only.is_empty() && !has("never")
        || has("always")
        || (asks(only, "all") && !has("never"))
        || shared(only)
        || (asks(only, "tagged") && !untagged && !has("never"));
    let dropped = if asks(skip, "all") {
        !has("always") || asks(skip, "always")
    } else {
        shared(skip) || (asks(skip, "tagged") && !untagged)
    };
    wanted && !dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(tags: &str, only: &str, skip: &str) -> bool {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let tags: Vec<Arc<str>> = tags.split_whitespace().map(Arc::from).collect();
        chosen(&tags, &words(only), &words(skip))
    }

    #[test]
    fn without_options_everything_but_never_is_chosen() {
        assert!(is("", "", "") && is("a", "", "") && !is("never a", "", ""));
    }

    #[test]
    fn tags_choose_what_has_them_and_what_always_runs() {
        assert!(is("a b", "b", "") && is("always", "b", "") && is("never b", "b", ""));
        assert!(!is("a", "b", "") && !is("", "b", ""));
    }

    #[test]
    fn words_for_groups_of_tasks_work() {
        assert!(is("a", "tagged", "") && !is("", "tagged", "") && is("", "untagged", ""));
        assert!(is("a", "all", "") && !is("never", "all", ""));
    }

    #[test]
    fn skipped_tags_win() {
        assert!(!is("a b", "a", "b") && !is("a", "", "all") && is("always", "", "all"));
        assert!(!is("always", "", "always") && !is("a", "", "tagged"));
    }
}
