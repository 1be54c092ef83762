export interface Shape {
    readonly name: string;
    area(): number;
}

export abstract class Named implements Shape {
    constructor(public readonly name: string) {}
    abstract area(): number;
    toString(): string {
        return `${this.name} of ${this.area().toFixed(2)}`;
    }
}

export function unused(): never {
    throw new Error("nobody calls this");
}
