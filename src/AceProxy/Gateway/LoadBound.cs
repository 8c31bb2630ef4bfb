namespace AceProxy.Gateway;

/// <summary>How many clients a worker may have before a content's next ones go to the next worker by hash.</summary>
/// <param name="Most">A bound of the operator's, or 0 for one that follows the average.</param>
internal sealed record LoadBound(int Most)
{
    /// <summary>
    /// What a worker takes whatever the others have. Without it the second viewer of the only content would already be beyond 1.25 times the
    /// average, and be sent where the stream is not.
    /// </summary>
    public const int Unquestioned = 50;

    /// <summary>Of the average load. Bounded loads of (1 + ε) times the average keep what moves small for ε = 1/4 (Mirrokni et al., 2018).</summary>
    private const double OfAverage = 1.25;

    /// <param name="clients">Of all workers together, with the one to be placed.</param>
    /// <param name="workers">At least one.</param>
    public int For(int clients, int workers) =>
        Most > 0 ? Most : Math.Max(Unquestioned, (int)Math.Ceiling(OfAverage * clients / workers));
}
