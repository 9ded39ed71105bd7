//! What the control machine and the worker say to each other, and the arguments of every module.
