//! Every keyword of Ansible's plays, blocks and tasks: read here, or refused with its place.

use edgewright_yaml::{Diagnostic, Diagnostics, Key, Map, nearest};

/// Keywords that are read.
pub(super) struct Known {
    /// What it is called in messages.
    pub what: &'static str,
    /// Read.
    pub read: &'static [&'static str],
    /// Known to Ansible, not supported.
    pub refused: &'static [&'static str],
}

/// Of a play.
pub(super) const PLAY: Known = Known {
    what: "a play",
    read: &[
        "name",
        "hosts",
        "strategy",
        "gather_facts",
        "vars",
        "vars_files",
        "pre_tasks",
        "roles",
        "tasks",
        "post_tasks",
        "handlers",
        "tags",
        "become",
        "become_user",
        "become_method",
        "environment",
        "check_mode",
        "diff",
        "no_log",
        "ignore_errors",
        "timeout",
    ],
    refused: &[
        "any_errors_fatal",
        "become_exe",
        "become_flags",
        "collections",
        "connection",
        "debugger",
        "fact_path",
        "force_handlers",
        "gather_subset",
        "gather_timeout",
        "ignore_unreachable",
        "max_fail_percentage",
        "module_defaults",
        "order",
        "port",
        "remote_user",
        "run_once",
        "serial",
        "throttle",
        "vars_prompt",
        "validate_argspec",
        "when",
    ],
};

/// Of a block.
pub(super) const BLOCK: Known = Known {
    what: "a block",
    read: &[
        "name",
        "block",
        "rescue",
        "always",
        "when",
        "vars",
        "tags",
        "become",
        "become_user",
        "become_method",
        "environment",
        "check_mode",
        "diff",
        "no_log",
        "ignore_errors",
        "timeout",
        "notify",
    ],
    refused: &[
        "any_errors_fatal",
        "become_exe",
        "become_flags",
        "collections",
        "connection",
        "debugger",
        "delegate_facts",
        "delegate_to",
        "ignore_unreachable",
        "module_defaults",
        "port",
        "remote_user",
        "run_once",
        "throttle",
    ],
};

/// Of a task, without the name of its module.
pub(super) const TASK: Known = Known {
    what: "a task",
    read: &[
        "name",
        "when",
        "loop",
        "loop_control",
        "with_items",
        "with_list",
        "register",
        "notify",
        "listen",
        "tags",
        "vars",
        "become",
        "become_user",
        "become_method",
        "environment",
        "changed_when",
        "failed_when",
        "until",
        "retries",
        "delay",
        "ignore_errors",
        "check_mode",
        "diff",
        "no_log",
        "timeout",
        "args",
        "action",
    ],
    refused: &[
        "any_errors_fatal",
        "async",
        "become_exe",
        "become_flags",
        "collections",
        "connection",
        "debugger",
        "delegate_facts",
        "delegate_to",
        "ignore_unreachable",
        "local_action",
        "module_defaults",
        "poll",
        "port",
        "remote_user",
        "run_once",
        "throttle",
        "with_cartesian",
        "with_dict",
        "with_fileglob",
        "with_first_found",
        "with_flattened",
        "with_indexed_items",
        "with_inventory_hostnames",
        "with_lines",
        "with_nested",
        "with_random_choice",
        "with_sequence",
        "with_subelements",
        "with_together",
    ],
};

impl Known {
    /// Complains about a keyword that is known and refused.
    pub fn refuse(&self, key: &Key) -> Option<Diagnostic> {
        self.refused.contains(&&*key.name).then(|| {
            Diagnostic::error(
                "playbook::unsupported",
                format!("`{}` is not supported in {} yet", key.name, self.what),
            )
            .at(
                &key.span,
                "refused, since leaving it out would change what is done",
            )
        })
    }

    /// Complains about every key that is not read.
    pub fn check(&self, map: &Map, faults: &mut Diagnostics) {
        for (key, _) in map
            .iter()
            .filter(|(key, _)| !self.read.contains(&&*key.name))
        {
            faults.push(self.refuse(key).unwrap_or_else(|| self.unknown(key)));
        }
    }

    /// Complains about a keyword that nobody knows.
    pub fn unknown(&self, key: &Key) -> Diagnostic {
        let fault = Diagnostic::error(
            "playbook::unknown-key",
            format!("unknown key `{}` in {}", key.name, self.what),
        );
        match nearest(&key.name, self.read.iter().copied()) {
            Some(near) => fault.at(&key.span, format!("did you mean `{near}`?")),
            None => fault.at(&key.span, "not known here"),
        }
    }
}
