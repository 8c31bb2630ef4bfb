using AceProxy.Cluster.Leases;
using AceProxy.Content;

namespace AceProxy.Cluster.Sharing;

/// <summary>Finds out who would take a stream over.</summary>
internal sealed class Succession(SharingServices services, StreamSignals signals, ContentKey stream)
{
    /// <summary>Who does not answer in this time is gone, stands still or does not follow any more.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks those who have clients of the stream: what Redis has of a worker may be a minute old.</summary>
    /// <param name="isTheEnd">One that is not willing, but there, is better than none.</param>
    /// <returns>The willing one with the most clients.</returns>
    public async Task<string?> FindAsync(Lease lease, bool isTheEnd)
    {
        IReadOnlyList<string> followers = await lease.FindFollowersAsync();
        var answers = new HashSet<StreamMessage>();
        using var late = new CancellationTokenSource(Limit, services.Time);
        signals.Take(); // what was answered before
        await services.Store.TellAsync(stream, StreamMessage.Offer);
        foreach (string worker in followers)
        {
            StreamMessage willing = StreamMessage.Answer(worker, isWilling: true), unwilling = StreamMessage.Answer(worker, isWilling: false);
            while (!answers.Contains(willing) && !answers.Contains(unwilling) && await IsSaidAsync(late.Token))
            {
                answers.UnionWith(signals.Take());
            }

            if (answers.Contains(willing))
            {
                return worker;
            }
        }

        return isTheEnd ? followers.FirstOrDefault(worker => answers.Contains(StreamMessage.Answer(worker, isWilling: false))) : null;
    }

    /// <returns>False: nothing, in that time.</returns>
    private async Task<bool> IsSaidAsync(CancellationToken late)
    {
        try
        {
            await signals.SaidAsync().WaitAsync(late);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
