using AceProxy.Settings;

namespace AceProxy.Delivery;

/// <summary>Where in the ring a client begins.</summary>
internal sealed record DeliveryOptions
{
    /// <summary>A client starts at a random access point at least this old, so that it has a buffer at once.</summary>
    public required TimeSpan JoinBehind { get; init; }

    public static DeliveryOptions Read(SettingsReader settings) => new()
    {
        JoinBehind = settings.Seconds("JOIN_BEHIND", 2, 0, 600, "a client starts at a random access point at least this old"),
    };
}
