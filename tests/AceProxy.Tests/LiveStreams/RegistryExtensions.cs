using AceProxy.Access.Limits;
using AceProxy.Content;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.LiveStreams;

internal static class RegistryExtensions
{
    /// <summary>For tests in which no limit is set.</summary>
    public static LiveStream? Attach(this LiveStreamRegistry streams, ContentRequest request, Client client)
    {
        LiveStream? stream = streams.Attach(request, client, out Limit? exceeded);
        Assert.Null(exceeded);
        return stream;
    }
}
