//! The IdP's side: HTTP in, SCIM out.
