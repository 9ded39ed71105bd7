//! Templates as Ansible evaluates them: minijinja with Ansible's filters, tests, lookups and native types.
