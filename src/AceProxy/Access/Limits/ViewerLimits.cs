using System.Threading.RateLimiting;

namespace AceProxy.Access.Limits;

/// <summary>How many clients there may be, in all and from one address, and how fast one address may come again.</summary>
internal sealed class ViewerLimits : IDisposable
{
    private readonly LimitOptions _options;
    private readonly PartitionedRateLimiter<string>? _openings;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _ofAddress = new(StringComparer.Ordinal);
    private int _clients;

    public ViewerLimits(LimitOptions options)
    {
        _options = options;
        if (options.OpeningsPerSecond > 0)
        {
            // A bucket is forgotten when it has been full for some seconds, so addresses that come once cost nothing for long.
            _openings = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetTokenBucketLimiter(
                address, _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = options.OpeningsBurst,
                    TokensPerPeriod = options.OpeningsPerSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                }));
        }
    }

    public int Clients
    {
        get
        {
            lock (_gate)
            {
                return _clients;
            }
        }
    }

    /// <summary>Addresses that somebody is there from.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
            {
                return _ofAddress.Count;
            }
        }
    }

    /// <summary>Takes a place, which is given back by disposing it; or none, and says why.</summary>
    /// <param name="address">As <see cref="ClientAddress.GroupOf"/> has it.</param>
    public Place? TryTake(string address, out Limit exceeded)
    {
        exceeded = Limit.Openings;
        if (_openings is not null)
        {
            using RateLimitLease lease = _openings.AttemptAcquire(address);
            if (!lease.IsAcquired)
            {
                return null;
            }
        }

        lock (_gate)
        {
            int there = _ofAddress.GetValueOrDefault(address);
            if (IsReached(_options.ClientsPerAddress, there))
            {
                exceeded = Limit.ClientsPerAddress;
                return null;
            }

            if (IsReached(_options.Clients, _clients))
            {
                exceeded = Limit.Clients;
                return null;
            }

            _ofAddress[address] = there + 1;
            _clients++;
            return new Place(this, address);
        }
    }

    public void Dispose() => _openings?.Dispose();

    private static bool IsReached(int limit, int there) => limit > 0 && there >= limit;

    private void GiveBack(string address)
    {
        lock (_gate)
        {
            _clients--;
            if (--_ofAddress[address] is var left && left == 0)
            {
                _ofAddress.Remove(address);
            }
        }
    }

    /// <summary>One client's place.</summary>
    internal sealed class Place(ViewerLimits limits, string address) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            {
                limits.GiveBack(address);
            }
        }
    }
}
