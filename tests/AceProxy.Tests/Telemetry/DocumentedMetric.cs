using AceProxy.Tests.Deployment;

namespace AceProxy.Tests.Telemetry;

/// <summary>A row of the README's table.</summary>
internal sealed record DocumentedMetric(string Name, string Type, string Unit, string[] Labels, string Meaning)
{
    public static IReadOnlyList<DocumentedMetric> All { get; } =
    [
        .. Deploy.Read("README.md").Split('\n')
            .Where(line => line.StartsWith("| `aceproxy_", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "))
            .Select(cells => new DocumentedMetric(
                cells[0].Trim('`'), cells[1], cells[2].Trim(),
                [.. cells[3].Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(label => label.Trim('`', ' ')).Where(label => label.Length > 0)],
                cells[4])),
    ];
}
