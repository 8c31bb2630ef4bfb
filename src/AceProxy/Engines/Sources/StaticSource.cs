namespace AceProxy.Engines.Sources;

/// <summary>The engines that are set one by one in <c>ENGINES</c>.</summary>
internal sealed class StaticSource(IReadOnlyList<EngineAddress> engines) : IEngineSource
{
    private readonly Task<SourceAnswer> _answer =
        Task.FromResult(new SourceAnswer([.. engines.Select(engine => new ListedEngine(engine))], null));

    public string Name => "ENGINES";

    public TimeSpan Interval => Timeout.InfiniteTimeSpan;

    public Task<SourceAnswer> AskAsync(CancellationToken cancellation) => _answer;
}
