import { Named, type Shape } from "./shape";

type Point = readonly [x: number, y: number];

export class Polygon extends Named {
    constructor(private readonly points: readonly Point[]) {
        super(`polygon of ${points.length} corners`);
    }
    area(): number {
        let twice = 0;
        for (const [i, [x, y]] of this.points.entries()) {
            const [nextX, nextY] = this.points[(i + 1) % this.points.length]!;
            twice += x * nextY - nextX * y;
        }
        return Math.abs(twice) / 2;
    }
}

export const square = (side: number): Shape =>
    new Polygon([
        [0, 0],
        [side, 0],
        [side, side],
        [0, side],
    ]);
