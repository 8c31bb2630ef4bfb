namespace AceProxy.Engines.Sources;

/// <summary>An engine as all its sources together name it.</summary>
internal sealed record EngineListing(EngineAddress Address, IReadOnlyList<string> Sources, string? Complaint, string? Draining)
{
    /// <summary>One word for forwarded is enough; so is one complaint.</summary>
    public static EngineListing Of(IReadOnlyList<(string Source, ListedEngine Engine)> named) => new(
        named[0].Engine.Address with { IsForwarded = named.Any(one => one.Engine.Address.IsForwarded) },
        [.. named.Select(one => one.Source)],
        named.Select(one => one.Engine.Complaint).FirstOrDefault(complaint => complaint is not null),
        named.Select(one => one.Engine.Draining).FirstOrDefault(draining => draining is not null));
}
