"""The demo mesh: an ordinary client of the portal's services, over data that a teaching package ships."""
