import { Circle } from "@shapes/circle";
import { square } from "@shapes/polygon";
import type { Shape } from "@shapes/shape";
import { version } from "../package.json";
import text from "./notes.txt";

const enum Order {
    Ascending = 1,
    Descending = -1,
}

namespace Report {
    export const title = "Flächen — areas";
    export const line = (shape: Shape, scale?: number): string => `${shape}: ${(shape?.area() ?? 0) * (scale ?? 1)}`;
}

function logged(target: object, key: string, descriptor: PropertyDescriptor): PropertyDescriptor {
    const original = descriptor.value;
    descriptor.value = function (this: object, ...rest: unknown[]) {
        console.log(key, rest.length);
        return original.apply(this, rest);
    };
    return descriptor;
}

class Collection {
    private shapes: Shape[] = [new Circle(1.5), square(2)];
    @logged
    sorted(order: Order): Shape[] {
        return this.shapes.sort((a, b) => order * (a.area() - b.area()));
    }
}

export async function main(): Promise<void> {
    const { plot } = await import("./plot");
    console.log(Report.title, version, text);
    for (const shape of new Collection().sorted(Order.Descending) satisfies Shape[]) {
        console.log(Report.line(shape), plot(shape.area()));
    }
}

void main();
