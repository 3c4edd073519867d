export type * from "./common";
export type * from "./dispatch";
export type * from "./identity";
export type * from "./incident";
export type * from "./notification";
export type * from "./operations";
export type * from "./picture";
export type * from "./roster";
