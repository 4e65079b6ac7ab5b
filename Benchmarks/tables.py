"""Prints the results of bench.py in Markdown."""

import statistics

# The goals: at most this many times nginx's CPU time, and at most this many MB for the program.
CPU_RATIO, MEGABYTES = 2.0, 20


def medians(samples):
    """The median of each row for each server, and the median of the ratios in each round: other load on the machine slows
    down all servers of a round."""
    table = {}
    for row, servers in samples.items():
        table[row] = {name: statistics.median(of) for name, of in servers.items()}
        for name in servers.keys() - {"nginx"}:
            ratios = [value / other for value, other in zip(servers[name], servers["nginx"]) if other]
            table[row][f"{name} / nginx"] = statistics.median(ratios) if ratios else float("nan")
    return table


def report(table, names):
    """Prints the medians; `names` are the servers other than nginx."""
    columns = [*names, "nginx", *(f"{name} / nginx" for name in names)]
    print(f"| median | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}")
    for row, values in table.items():
        cells = (f"{values[column]:.2f}" if "/" in column else f"{values[column]:.1f}" for column in columns)
        print(f"| {row} | {' | '.join(cells)} |")


def straight_line(points):
    """The least squares fit of the relative errors: with absolute errors, the large sizes would outweigh the small ones."""
    weights = [1 / cost**2 for _, cost in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    covariance = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points))
    slope = covariance / sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points))
    return mean_y - slope * mean_x, slope


def report_sizes(name, points):
    start, slope = straight_line(points)
    print(f"\nLinear fit for {name}: {start:.0f} us + {slope * 1000:.2f} us per 1000 bytes\n")
    print("| size of the review (bytes) | CPU (us) | ratio to the fit |\n|--:|--:|--:|")
    for size, cost in points:
        print(f"| {size} | {cost:.0f} | {cost / (start + slope * size):.2f} |")


def report_programs(megabytes):
    print("\n| program, stripped | MB |\n|---|--:|")
    for name, size in megabytes.items():
        print(f"| {name} | {size:.1f} |")


def report_aims(table, megabytes):
    aims = [(row, values["webhook / nginx"], CPU_RATIO) for row, values in table.items() if row.startswith("CPU per review")]
    aims.append(("the program, stripped (MB)", megabytes["webhook"], MEGABYTES))
    print("\n| goal | at most | measured | |\n|---|--:|--:|---|")
    for what, most, measured in ((what, most, measured) for what, measured, most in aims):
        print(f"| {what} | {most:.1f} | {measured:.2f} | {'met' if measured <= most else 'missed'} |")
