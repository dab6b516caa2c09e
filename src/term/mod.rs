//! The screen and the keyboard.
//! It never knows another edge.
