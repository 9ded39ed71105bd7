//! Typed client of OpenNebula's XML-RPC interface.
