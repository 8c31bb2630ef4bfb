using AceProxy.Cluster.Leases;
using AceProxy.Content;

namespace AceProxy.Cluster.Sharing;

/// <summary>Finds out who would take a stream over.</summary>
internal sealed class Succession(SharingServices services, StreamSignals signals, ContentKey stream)
{
    /// <summary>Who does not answer in this time is gone, stands still or does not follow any more.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    /// <summary>After which one that is willing is better than one with more clients that has not answered.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(100);

    /// <summary>Asks those who have clients of the stream: what Redis has of a worker may be a minute old.</summary>
    /// <param name="engine">Where it is read, as host:port; empty: nowhere.</param>
    /// <param name="isTheEnd">One that is not willing, but there, is better than none.</param>
    /// <returns>The willing one with the most clients.</returns>
    public async Task<string?> FindAsync(Lease lease, string engine, bool isTheEnd)
    {
        IReadOnlyList<string> followers = await lease.FindFollowersAsync();
        if (followers.Count == 0)
        {
            return null;
        }

        signals.Take(); // what was answered before
        long asked = services.Time.GetTimestamp();
        await services.Store.TellAsync(stream, StreamMessage.Offer(engine));
        TimeSpan slowness = services.Time.GetElapsedTime(asked) * 2; // of Redis: an answer goes the same way
        var answers = new HashSet<StreamMessage>();
        while (true)
        {
            string? best = followers.FirstOrDefault(worker => !HasAnswered(worker, isWilling: false));
            string? willing = followers.FirstOrDefault(worker => HasAnswered(worker, isWilling: true));
            TimeSpan left = (willing is null ? Limit : Courtesy) + slowness - services.Time.GetElapsedTime(asked);
            if (willing == best || !await IsSaidAsync(left))
            {
                return willing ?? (isTheEnd ? followers.FirstOrDefault(worker => HasAnswered(worker, isWilling: false)) : null);
            }

            answers.UnionWith(signals.Take());
        }

        bool HasAnswered(string worker, bool isWilling) => answers.Contains(StreamMessage.Answer(worker, isWilling));
    }

    /// <returns>False: nothing, in that time.</returns>
    private async Task<bool> IsSaidAsync(TimeSpan limit)
    {
        try
        {
            await signals.SaidAsync().WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, services.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
