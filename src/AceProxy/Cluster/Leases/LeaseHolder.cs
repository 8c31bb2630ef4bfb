namespace AceProxy.Cluster.Leases;

/// <summary>Who holds a stream's lease: <c>worker epoch</c> in Redis, or <c>>worker</c> for one that it is kept free for.</summary>
/// <param name="Epoch">Grows from holder to holder; 0 while it is kept free.</param>
internal readonly record struct LeaseHolder(string Worker, long Epoch)
{
    /// <summary>The last that Lua's numbers tell from the next.</summary>
    public const long LastEpoch = (1L << 53) - 1;

    public override string ToString() => $"{Worker} {Epoch}";

    /// <summary>What is in Redis may be anybody's: nonsense is a holder without an epoch, who will not renew.</summary>
    public static LeaseHolder Parse(string text)
    {
        int space = text.LastIndexOf(' ');
        return space > 0 && long.TryParse(text.AsSpan(space + 1), out long epoch) && epoch is > 0 and <= LastEpoch
            ? new LeaseHolder(text[..space], epoch)
            : new LeaseHolder(text.TrimStart('>'), 0);
    }
}
