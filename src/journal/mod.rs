//! The record.
//! It never knows another edge.
