using System.Globalization;

namespace AceProxy.Engines.Sources;

/// <summary>The engines that were registered at run time, over the API; <see cref="Orders.EngineOrders"/> says which.</summary>
internal sealed class RegisteredSource(EngineCatalog catalog) : IEngineSource
{
    /// <summary>A bound on what strangers can make us remember.</summary>
    public const int Most = 1000;

    private volatile IReadOnlyList<EngineAddress> _engines = [];

    public string Name => "registered";

    public TimeSpan Interval => Timeout.InfiniteTimeSpan;

    /// <summary>These, and no others: one call at a time.</summary>
    /// <param name="engines">The first registered first.</param>
    public void Replace(IReadOnlyList<EngineAddress> engines)
    {
        if (!engines.SequenceEqual(_engines))
        {
            _engines = engines;
            catalog.Apply(Name, Answer());
        }
    }

    public Task<SourceAnswer> AskAsync(CancellationToken cancellation) => Task.FromResult(Answer());

    /// <summary>Two workers that took the last ones in the same instant took too many.</summary>
    private SourceAnswer Answer()
    {
        IReadOnlyList<EngineAddress> engines = _engines;
        return new SourceAnswer(
            [.. engines.Take(Most).Select(engine => new ListedEngine(engine))],
            engines.Count <= Most ? null
                : string.Create(CultureInfo.InvariantCulture, $"{engines.Count} are registered; the {Most} that were the first are used"));
    }
}
