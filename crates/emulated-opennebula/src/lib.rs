//! An emulated OpenNebula XML-RPC server.
