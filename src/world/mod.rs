//! The live system.
//! It never knows another edge.
