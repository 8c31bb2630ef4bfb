using System.Globalization;

namespace AceProxy.Tests.Functional;

/// <summary>A reply's status line and headers as they came.</summary>
internal sealed record WireHead(string StatusLine, IReadOnlyList<(string Name, string Value)> Headers)
{
    public int Status => int.Parse(StatusLine.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The one header of that name, null if there is none.</summary>
    public string? this[string name] =>
        Headers.SingleOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
