import { Named } from "./shape";

export class Circle extends Named {
    static readonly #pi = Math.PI;
    constructor(private readonly radius: number) {
        super("circle");
    }
    area(): number {
        return Circle.#pi * this.radius ** 2;
    }
}
