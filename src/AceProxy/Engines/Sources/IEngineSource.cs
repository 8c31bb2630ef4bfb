namespace AceProxy.Engines.Sources;

/// <summary>Somebody who names engines.</summary>
internal interface IEngineSource
{
    /// <summary>How it is called in logs and in the API.</summary>
    string Name { get; }

    /// <summary>How long an answer is good for; infinite for a source that never says anything else.</summary>
    TimeSpan Interval { get; }

    /// <summary>Failures are answers. Completes at once where there is nobody to ask.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    Task<SourceAnswer> AskAsync(CancellationToken cancellation);
}
