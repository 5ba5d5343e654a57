export { type Choices, listedChoices, seededChoices } from './choices.js'
export { Scheduler } from './scheduler.js'
export { type Fault, Simulation, type SimulationOptions } from './simulation.js'
