//! The conversation.
//! It never knows another edge.
