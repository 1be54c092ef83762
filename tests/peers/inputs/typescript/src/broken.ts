import { missing } from "./nowhere";
const x: = missing;
