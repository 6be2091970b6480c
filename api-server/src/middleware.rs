//! What every request passes on its way to a handler; the order is in `router`.

